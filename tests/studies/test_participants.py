# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""Own subjects: a table of participants as the rows of a study, compared person by person."""

from __future__ import annotations

import pytest

from fea.comparison import compared
from fea.errors import InputError
from fea.folders.sides import read_side
from fea.folders.study import load, run_study
from fea.studies import plan_of, read_study
from fea.studies.design import cases

HEAD = 'schema = 1\nkind = "study"\nname = "insole"\ntitle = "An insole"\nparticipants = "participants.csv"\n'
BASE = '[base]\nbone = "tibia"\nactivity = "running"\nsize = 6\nmass = 66\n'


@pytest.fixture
def study_on(tmp_path):
    """A function that writes a table of participants and a study of them, and returns its file."""

    def write(table, base=BASE, head=HEAD):
        (tmp_path / "participants.csv").write_text(table, encoding="utf-8")
        file = tmp_path / "study.toml"
        file.write_text(head + base, encoding="utf-8")
        return file

    return write


@pytest.mark.parametrize(
    "table",
    [
        "subject,design,mass,bone.stature_m\nanna,A,60.5,1.68\nben,A,,1.8\n",
        "\ufeffsubject;design;mass;bone.stature_m;\r\nanna;A;60,5;1,68;\r\n# a remark\r\n;;;;\r\nben;A;;1,8;\r\n",
        '"subject"\t"design"\t"mass"\t"bone.stature_m"\nanna\tA\t60.5\t1.68\nben\tA\t\t1.8\n',
    ],
)
def test_a_table_as_a_spreadsheet_saves_it_names_people_and_what_is_theirs(study_on, table):
    anna, ben = cases(read_study(str(study_on(table))))
    assert (anna.subject, anna.setting, anna.case.body_mass_kg) == ("anna", {"design": "A"}, 60.5)
    assert (ben.subject, ben.case.body_mass_kg) == ("ben", 66.0)  # an empty cell: as in the base
    assert [one.body["bone.stature_m"] for one in (anna, ben)] == [1.68, 1.8]
    assert anna.case.bone.magnification / ben.case.bone.magnification == pytest.approx(1.68 / 1.8, rel=1e-3)


def test_names_of_people_and_designs_stay_text(study_on):
    first, second = cases(read_study(str(study_on("subject,design,mass\n007,1,60\n007,2,61\n"))))
    assert (first.subject, first.setting, second.setting) == ("007", {"design": "1"}, {"design": "2"})


def test_each_person_takes_part_in_every_level_of_other_factors(study_on):
    base = BASE.replace("mass = 66\n", "[cross]\nspeed = [3.0, 4.0]\n")
    file = study_on("subject,mass\nanna,60\nben,80\n", base)
    study = read_study(str(file))
    found = cases(study)
    assert [(one.subject, one.setting["speed"], one.case.body_mass_kg) for one in found] == [
        ("anna", 3.0, 60.0),
        ("anna", 4.0, 60.0),
        ("ben", 3.0, 80.0),
        ("ben", 4.0, 80.0),
    ]
    assert study.count == len(found)


@pytest.mark.parametrize(
    ("table", "more", "says"),
    [
        ("name,mass\nanna,60\n", "", "has the columns name, mass; needed: subject"),
        ("subject,mass,mass\nanna,60,61\n", "", "needed: subject, each once"),
        ("subject,mass\n", "", "holds nobody"),
        ("subject,mass\nanna,60,3\n", "", "line 2: has 3 cells, the head 2"),
        ("subject,weight\nanna,60\n", "", "there is no factor 'weight'"),
        ("subject,mass\n,60\n", "", "row 1 of the participants has no subject"),
        ("subject,mass\nanna,sixty\n", "", "the factor mass is 'sixty'; allowed: a number in kg"),
        ("subject,mass\nanna,60\n", "[cross]\nmass = [60, 70]\n", "'mass' is given by the subjects"),
        (
            "subject,mass\nanna,60\n",
            '[subjects]\ncohort = "active_adults"\ncount = 2\nseed = 1\n',
            "subjects and participants",
        ),
    ],
)
def test_a_table_that_does_not_hold_people_is_refused_in_one_sentence(study_on, table, more, says):
    base = BASE.replace("mass = 66\n", "") if "cross" in more else BASE
    with pytest.raises(InputError, match=says):
        cases(read_study(str(study_on(table, base + more))))


def test_a_missing_table_is_named(study_on, tmp_path):
    file = study_on("subject\nanna\n")
    (tmp_path / "participants.csv").unlink()
    with pytest.raises(InputError, match=r"participants\.csv.* cannot be read: No such file"):
        read_study(str(file))


def test_designs_are_compared_person_by_person_whatever_else_tells_their_rows_apart(study_on, tmp_path):
    rows = [f"{who},{design},{mass},{shoe}" for who, mass in (("anna", 60), ("ben", 80)) for design, shoe in
            (("A", "conventional"), ("B", "maximal"))]  # fmt: skip
    study = read_study(str(study_on("\n".join(["subject,design,mass,footwear", *rows]) + "\n")))
    run_study(study, plan_of(study), tmp_path / "s", workers=1)
    assert load(tmp_path / "s").study.participants == study.participants
    a, b = (read_side(f"{tmp_path / 's'}@design={design}") for design in "AB")
    comparison = compared(a, b)
    assert (comparison.pairs, comparison.subjects) == (2, 2)
    p95 = load(tmp_path / "s").wide()["p95 [µε]"].tolist()
    change = next(change for change in comparison.metrics if change.metric == "p95")
    assert change.a == pytest.approx((p95[0] + p95[2]) / 2.0)
    assert change.b == pytest.approx((p95[1] + p95[3]) / 2.0)
