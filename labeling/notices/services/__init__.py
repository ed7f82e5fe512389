"""Writing channels and the outbox."""

from labeling.notices.services.channels import channel_close, channel_open, channel_rotate
from labeling.notices.services.outbox import notice_queue, notice_record, notice_replay, notice_take

__all__ = [
    "channel_close",
    "channel_open",
    "channel_rotate",
    "notice_queue",
    "notice_record",
    "notice_replay",
    "notice_take",
]
