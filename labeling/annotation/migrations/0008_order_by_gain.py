from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0007_a_second_look'),
    ]

    operations = [
        migrations.AlterField(
            model_name='campaign',
            name='priority_rule',
            field=models.CharField(choices=[('arrival', 'first come, first lent'), ('unsure', 'the least sure first'), ('sure', 'the surest first'), ('worth', 'what teaches and unlocks most first'), ('learn', 'what the next models learn most from first')], default='arrival', max_length=7),
        ),
    ]
