"""The Merkle tree of RFC 6962 over the leaves of a ledger: roots, and proofs that anyone can check with SHA-256 alone.

A root stands for every row up to a position. An inclusion proof shows that one row is under it; a consistency proof
shows that a later root only added rows to an earlier one. Positions count from 1, indexes in the tree from 0.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from ledger.proof.leaf import chain_step, leaf_hash

__all__ = [
    "EMPTY_ROOT",
    "CompactRange",
    "chain_step",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "root",
    "verify_consistency",
    "verify_inclusion",
]

EMPTY_ROOT = sha256(b"").digest()
"""The root over no rows at all (RFC 6962 §2.1)."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """An inner node: inner nodes are prefixed by 0x01, leaves by 0x00, so neither passes for the other."""
    return sha256(b"\x01" + left + right).digest()


class CompactRange:
    """A tree that grows leaf by leaf and remembers only the roots of its perfect subtrees: O(log n) memory."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self.size = 0
        self._peaks: list[bytes] = []
        for leaf in leaves:
            self.append(leaf)

    def append(self, leaf: bytes) -> None:
        """Add the next leaf."""
        node, size = leaf, self.size
        while size & 1:
            node = node_hash(self._peaks.pop(), node)
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root over every leaf so far."""
        if not self._peaks:
            return EMPTY_ROOT
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = node_hash(peak, node)
        return node


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaves (RFC 6962 §2.1)."""
    return CompactRange(leaves).root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The nodes that lead from leaf ``index`` to the root (RFC 6962 §2.1.1). Raises IndexError outside the tree."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"there is no leaf {index} among {len(leaves)}")
    low, high = 0, len(leaves)
    path: list[bytes] = []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(root(leaves[middle:high]))
            high = middle
        else:
            path.append(root(leaves[low:middle]))
            low = middle
    return path[::-1]


def consistency_proof(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """The nodes that lead from the root over the first ``earlier`` leaves to the root over all (RFC 6962 §2.1.2).

    Empty for a tree compared with itself. Raises IndexError unless ``0 < earlier <= len(leaves)``.
    """
    if not 0 < earlier <= len(leaves):
        raise IndexError(f"there is no earlier tree of {earlier} leaves among {len(leaves)}")
    low, high = 0, len(leaves)
    path: list[bytes] = []
    whole = True  # The part that is left is all of the earlier tree: its root is known to whoever checks.
    while earlier != high:
        middle = low + _split(high - low)
        if earlier <= middle:
            path.append(root(leaves[middle:high]))
            high = middle
        else:
            path.append(root(leaves[low:middle]))
            low = middle
            whole = False
    if not whole:
        path.append(root(leaves[low:high]))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Whether ``leaf`` is leaf ``index`` of the tree of ``size`` leaves with root ``expected`` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and node == expected


def verify_consistency(earlier: int, later: int, proof: Sequence[bytes], before: bytes, after: bytes) -> bool:
    """Whether the tree of ``later`` leaves with root ``after`` begins with the ``earlier`` ones (RFC 9162 §2.1.4.2)."""
    if not 0 < earlier <= later:
        return False
    if earlier == later:
        return not proof and before == after
    path = list(proof) if earlier & (earlier - 1) else [before, *proof]
    if not path:
        return False
    position, last = earlier - 1, later - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and first == before and second == after


def _split(size: int) -> int:
    """The largest power of two below ``size``, where RFC 6962 cuts a tree in two."""
    return 1 << (size - 1).bit_length() - 1
