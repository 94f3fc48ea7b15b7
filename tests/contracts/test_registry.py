"""The registry holds topics, schemas and examples together and says who may read and write what."""

import json
import shutil
from pathlib import Path

import pytest

from contracts.registry import HERE, Acl, ContractBroken, Registry, registry

SWINDON, SHROPSHIRE = "c4d81e", "c92ab7"
SUBMITTED = "uk.panelbook.intake.application.submitted.v1"
DECIDED = "uk.panelbook.panel.decision.decided.v1"
ANNOUNCED = "uk.panelbook.panel.decision.announced.v1"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("topics", "schemas", "examples"):
        shutil.copytree(HERE / name, tmp_path / name)
    return tmp_path


def change(path: Path, **members: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **members}))


def test_what_is_shipped_fits_together() -> None:
    assert len(Registry.load().schemas) >= 16


def test_every_type_has_exactly_one_topic_whose_producer_is_its_service() -> None:
    for type_ in registry().schemas:
        assert registry().topic_of(type_).producer == type_.split(".")[2]


def test_only_record_may_read_trails() -> None:
    readers = {
        acl.principal
        for acl in registry().acls([SWINDON, SHROPSHIRE])
        if acl.name.endswith(".trail") and acl.operation == "read"
    }
    assert readers == {"record"}


def test_a_subscriber_reads_its_own_councils_decisions_and_nothing_else() -> None:
    acls = [one for one in registry().acls([SWINDON, SHROPSHIRE]) if one.principal == f"subscriber-{SWINDON}"]
    assert acls == [
        Acl(f"subscriber-{SWINDON}", "group", f"subscriber-{SWINDON}", "prefixed", "read"),
        Acl(f"subscriber-{SWINDON}", "topic", f"council.{SWINDON}.decisions", "literal", "describe"),
        Acl(f"subscriber-{SWINDON}", "topic", f"council.{SWINDON}.decisions", "literal", "read"),
    ]


def test_every_topic_is_written_by_exactly_one_principal() -> None:
    writers: dict[str, set[str]] = {}
    for acl in registry().acls([SWINDON, SHROPSHIRE]):
        if acl.operation == "write":
            writers.setdefault(acl.name, set()).add(acl.principal)
    assert writers.keys() == {spec.name for spec in registry().topic_specs([SWINDON, SHROPSHIRE])}
    assert all(len(principals) == 1 for principals in writers.values())


def test_a_council_id_that_begins_another_is_refused() -> None:
    with pytest.raises(ValueError, match="begins"):
        registry().acls(["c4", "c4d81e"])


def test_a_council_id_may_not_smuggle_a_topic_name() -> None:
    with pytest.raises(ValueError, match="is not a council's id"):
        registry().topic_specs(["x.decisions"])


def test_service_topics_have_24_partitions_and_a_councils_topic_has_one() -> None:
    specs = {spec.name: spec for spec in registry().topic_specs([SWINDON])}
    assert specs["intake.events"].partitions == specs["record.trail"].partitions == 24
    assert specs[f"council.{SWINDON}.decisions"].partitions == 1
    assert {spec.config["cleanup.policy"] for spec in specs.values()} == {"delete"}
    assert {spec.config["retention.ms"] for spec in specs.values()} == {"-1"}


def test_a_reader_passes_over_unknown_members_and_a_producer_may_not_send_them() -> None:
    data = {**registry().examples[ANNOUNCED]["announced"], "colour": "blue"}
    registry().validate(ANNOUNCED, data)
    with pytest.raises(ContractBroken, match="additionalProperties"):
        registry().validate_strictly(ANNOUNCED, data)


def test_clear_text_where_a_sealed_member_belongs_is_refused_without_repeating_it() -> None:
    data = {**registry().examples[DECIDED]["deferred"], "person_name": "Jordan Example"}
    with pytest.raises(ContractBroken) as refused:
        registry().validate(DECIDED, data)
    assert "/person_name breaks type object" in str(refused.value)
    assert "Jordan" not in str(refused.value)


@pytest.mark.parametrize("wrong", ["2026-10-07", "2026-10-07T16:00:00", "Wednesday"])
def test_a_moment_needs_a_time_and_an_offset(wrong: str) -> None:
    data = {**registry().examples[SUBMITTED]["placement_move"], "received_at": wrong}
    with pytest.raises(ContractBroken, match="/received_at breaks format date-time"):
        registry().validate(SUBMITTED, data)


def test_the_subject_of_an_event_is_made_from_its_data() -> None:
    assert registry().subject("uk.panelbook.routing.officer.authority_ended.v1", {"officer": "o-1"}) == "officer-o-1"
    assert registry().subject("uk.panelbook.routing.settings.published.v1", {}) == "settings"


def test_a_type_without_an_example_is_found(copy: Path) -> None:
    (copy / "examples" / ANNOUNCED / "announced.json").unlink()
    with pytest.raises(ContractBroken, match=f"{ANNOUNCED} has no example"):
        Registry.load(copy)


def test_a_type_that_no_topic_carries_is_found(copy: Path) -> None:
    source = copy / "schemas" / f"{ANNOUNCED}.json"
    source.rename(copy / "schemas" / "uk.panelbook.panel.decision.whispered.v1.json")
    with pytest.raises(ContractBroken) as refused:
        Registry.load(copy)
    assert "uk.panelbook.panel.decision.whispered.v1 has a schema and no topic" in refused.value.findings
    assert f"{ANNOUNCED} has no schema" in refused.value.findings


def test_an_example_that_breaks_its_schema_is_found(copy: Path) -> None:
    change(copy / "examples" / ANNOUNCED / "announced.json", schema_version=2)
    with pytest.raises(ContractBroken, match="example announced: /schema_version breaks const"):
        Registry.load(copy)


def test_a_shared_definition_that_reads_otherwise_in_one_schema_is_found(copy: Path) -> None:
    path = copy / "schemas" / f"{SUBMITTED}.json"
    schema = json.loads(path.read_text())
    del schema["$defs"]["sealed"]["properties"]["field"]["minLength"]
    path.write_text(json.dumps(schema))
    with pytest.raises(ContractBroken, match=r"\$defs/sealed reads otherwise"):
        Registry.load(copy)


def test_the_topic_for_subscribers_carries_no_sealed_member() -> None:
    (topic,) = [topic for topic in registry().topics if topic.per_council]
    for type_ in topic.subjects:
        assert "sealed" not in json.dumps(registry().schemas[type_])
