"""Roots and proofs are those of RFC 6962, as Certificate Transparency's known vectors have them."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof import merkle
from ledger.proof.leaf import leaf_preimage
from tests.ledger.chained import a_row

ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
LEAVES = [sha256(b"\x00" + entry).digest() for entry in ENTRIES]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
INCLUSIONS = [
    (0, 1, []),
    (0, 8, [A, B, C]),
    (5, 8, [D, E, ROOTS[4]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], B, D]),
]
CONSISTENCIES = [
    (1, 1, []),
    (1, 8, [A, B, C]),
    (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", E, ROOTS[4]]),
    (2, 5, [B, D]),
]

leaves = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


def slow_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + slow_root(leaves[:k]) + slow_root(leaves[k:])).digest()


def slow_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 6962 §2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*slow_path(m, leaves[:k]), slow_root(leaves[k:])]
    return [*slow_path(m - k, leaves[k:]), slow_root(leaves[:k])]


def slow_proof(m: int, leaves: Sequence[bytes], known: bool = True) -> list[bytes]:
    """RFC 6962 §2.1.2, word for word."""
    if m == len(leaves):
        return [] if known else [slow_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*slow_proof(m, leaves[:k], known), slow_root(leaves[k:])]
    return [*slow_proof(m - k, leaves[k:], False), slow_root(leaves[:k])]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_known_ones(size: int) -> None:
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "expected"), INCLUSIONS)
def test_inclusion_proofs_are_the_known_ones(index: int, size: int, expected: list[str]) -> None:
    proof = merkle.inclusion_proof(LEAVES[:size], index)
    assert [node.hex() for node in proof] == expected
    assert merkle.verify_inclusion(LEAVES[index], index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("earlier", "later", "expected"), CONSISTENCIES)
def test_consistency_proofs_are_the_known_ones(earlier: int, later: int, expected: list[str]) -> None:
    proof = merkle.consistency_proof(LEAVES[:later], earlier)
    assert [node.hex() for node in proof] == expected
    before, after = bytes.fromhex(ROOTS[earlier]), bytes.fromhex(ROOTS[later])
    assert merkle.verify_consistency(earlier, later, proof, before, after)


@given(leaves)
def test_a_tree_that_grew_leaf_by_leaf_has_the_root_of_the_definition(leaves: list[bytes]) -> None:
    grown = merkle.CompactRange()
    for size, leaf in enumerate(leaves, 1):
        grown.append(leaf)
        assert grown.size == size
        assert grown.root() == merkle.root(leaves[:size]) == slow_root(leaves[:size])


@given(leaves, st.data())
def test_every_proof_is_that_of_the_definition_and_holds(leaves: list[bytes], data: st.DataObject) -> None:
    size = len(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_proof(leaves, index)
    assert path == slow_path(index, leaves)
    assert merkle.verify_inclusion(leaves[index], index, size, path, slow_root(leaves))
    earlier = data.draw(st.integers(1, size))
    proof = merkle.consistency_proof(leaves, earlier)
    assert proof == slow_proof(earlier, leaves)
    assert merkle.verify_consistency(earlier, size, proof, slow_root(leaves[:earlier]), slow_root(leaves))


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=40, unique=True), st.data())
def test_a_proof_proves_nothing_else(leaves: list[bytes], data: st.DataObject) -> None:
    size = len(leaves)
    top = merkle.root(leaves)
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda found: found != index))
    path = merkle.inclusion_proof(leaves, index)
    assert not merkle.verify_inclusion(leaves[other], index, size, path, top)
    assert not merkle.verify_inclusion(leaves[index], other, size, path, top)
    assert not merkle.verify_inclusion(leaves[index], index, size, path, leaves[other])
    assert not merkle.verify_inclusion(leaves[index], index, size, path[:-1], top)
    assert not merkle.verify_inclusion(leaves[index], index, size, [*path, top], top)
    assert not merkle.verify_inclusion(leaves[index], size, size, path, top)
    assert not merkle.verify_inclusion(leaves[index], -1, size, path, top)
    earlier = data.draw(st.integers(1, size - 1))
    before, proof = merkle.root(leaves[:earlier]), merkle.consistency_proof(leaves, earlier)
    assert not merkle.verify_consistency(earlier, size, proof, top, before)
    assert not merkle.verify_consistency(earlier, size, proof, before, before)
    assert not merkle.verify_consistency(earlier, size, proof, top, top)
    assert not merkle.verify_consistency(earlier, size, proof[:-1], before, top)
    assert not merkle.verify_consistency(earlier, size, [*proof, top], before, top)
    assert not merkle.verify_consistency(size, earlier, proof, before, top)
    assert not merkle.verify_consistency(0, size, [], merkle.EMPTY_ROOT, top)


def test_a_tree_compared_with_itself_needs_no_proof_but_the_same_root() -> None:
    top = merkle.root(LEAVES)
    assert merkle.verify_consistency(8, 8, [], top, top)
    assert not merkle.verify_consistency(8, 8, [], top, LEAVES[0])
    assert not merkle.verify_consistency(8, 8, [top], top, top)


def test_what_is_not_in_the_tree_has_no_proof() -> None:
    for index in (-1, 8):
        with pytest.raises(IndexError):
            merkle.inclusion_proof(LEAVES, index)
    for earlier in (0, 9):
        with pytest.raises(IndexError):
            merkle.consistency_proof(LEAVES, earlier)


def test_a_rows_leaf_is_the_leaf_of_the_tree() -> None:
    row = a_row()
    assert merkle.leaf_hash(row) == sha256(leaf_preimage(row)).digest() == row.leaf
    assert leaf_preimage(row)[:1] == b"\x00"
