"""An internet on loopback: a real name server, and real web servers behind addresses that pass for public ones."""

from __future__ import annotations

import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import trustme

from labeling.common.egress import EgressAllowance
from tests.labeling.common.servers import Answer, server

Records = list[tuple[str, str]]


class Internet:
    """Names, addresses and the sites behind them. ``asked`` counts the questions to the name server, ``hits`` requests."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack, self._folder = stack, folder
        self._turns: dict[str, list[Records]] = {}
        self._authority = trustme.CA()
        self._authority.cert_pem.write_to_path(str(folder / "authority.pem"))
        self.asked: Counter[tuple[str, str]] = Counter()
        self.hits: Counter[str] = Counter()
        self.silent: set[str] = set()
        self.routes: dict[tuple[str, int], tuple[str, int]] = {}
        self.nameserver = stack.enter_context(self._name_server())

    @property
    def allowance(self) -> EgressAllowance:
        """What lets the egress in: put it into ``settings.EGRESS_TEST``."""
        return EgressAllowance(self.nameserver, dict(self.routes), str(self._folder / "authority.pem"))

    def record(self, name: str, *turns: Records) -> None:
        """What the name server says of a name; with several turns it changes its mind with each question of a kind."""
        self._turns[name] = list(turns)

    def site(
        self,
        name: str,
        answers: dict[str, Answer],
        *,
        address: str = "8.8.4.1",
        tls: bool = False,
        certificate_for: str = "",
    ) -> None:
        """Serve ``answers`` by path at a name and a public address, over TLS with a certificate for another name if asked."""
        counted = {path: self._counted(name, answer) for path, answer in answers.items()}
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._authority.issue_cert(certificate_for or name).configure_cert(context)
        self.routes[address, 443 if tls else 80] = self._stack.enter_context(server(counted, context=context))
        self._turns.setdefault(name, [[("A", address)]])

    def _counted(self, name: str, answer: Answer) -> Answer:
        def counting(handler: object) -> None:
            self.hits[name] += 1
            answer(handler)  # type: ignore[arg-type]

        return counting

    @contextmanager
    def _name_server(self) -> Iterator[tuple[str, int]]:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        stopped = threading.Event()

        def answer() -> None:
            sock.settimeout(0.05)
            while not stopped.is_set():
                try:
                    wire, back = sock.recvfrom(4096)
                except TimeoutError:
                    continue
                if (said := self._answered(wire)) is not None:
                    sock.sendto(said, back)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        try:
            yield sock.getsockname()
        finally:
            stopped.set()
            thread.join()
            sock.close()

    def _answered(self, wire: bytes) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        if name in self.silent:
            return None
        turns = self._turns.get(name)
        turn = self.asked[name, kind]
        self.asked[name, kind] += 1
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if turns is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
        else:
            said = [text for type_, text in turns[min(turn, len(turns) - 1)] if type_ == kind]
            if said:
                response.answer.append(dns.rrset.from_text(question.name, 1, dns.rdataclass.IN, question.rdtype, *said))
        return response.to_wire()


@contextmanager
def internet() -> Iterator[Internet]:
    """One internet, gone at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        yield Internet(stack, folder)
