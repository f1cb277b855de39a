"""The pipeline from end to end, in a clone of its own."""

import csv
import hashlib
import json
import random
import re
import shutil
import struct
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from conftest import JOB, Pipeline, command, git, run_program, snakemake, train
from known import PROJECT, ROOT, RUNNABLE, SIX

from lastdigit import runs
from lastdigit.files import InputError, parse, read_yaml
from lastdigit.project import Project
from lastdigit.rounding import nearest_double
from lastdigit.settings import Settings


@pytest.mark.slow
def test_the_whole_pipeline_succeeds(pipeline: Pipeline):
    assert pipeline.first.returncode == 0, pipeline.first.stderr[-4000:]


@pytest.mark.slow
def test_an_interrupted_run_stops_and_leaves_nothing_half_written(pipeline: Pipeline):
    assert pipeline.interrupted_code != 0
    assert pipeline.left_by_interruption == []


@pytest.mark.slow
def test_a_second_run_has_nothing_to_do(pipeline: Pipeline):
    assert pipeline.second.returncode == 0
    assert "Nothing to be done" in pipeline.second.stdout + pipeline.second.stderr


@pytest.mark.slow
def test_a_run_remakes_what_is_committed_byte_for_byte(pipeline: Pipeline):
    assert pipeline.status == ""
    made = [path for folder in ("figures", "data/reference") for path in (pipeline.folder / folder).rglob("*.*")]
    oldest = min(path.stat().st_mtime_ns for path in made if path.name != "README.md")
    assert oldest > (pipeline.folder / "README.md").stat().st_mtime_ns, "a committed file was not made again"


@pytest.mark.slow
def test_the_verdict_table_is_shown(pipeline: Pipeline):
    table = (pipeline.folder / "results/verdicts.txt").read_text(encoding="utf-8")
    assert table.strip() in pipeline.first.stdout + pipeline.first.stderr


@pytest.mark.slow
def test_the_readme_shows_the_same_table(pipeline: Pipeline):
    """All of it but the sentences below, one of which depends on the machine."""
    table = (pipeline.folder / "results/verdicts.txt").read_text(encoding="utf-8").split("\n\n")[0]
    block = next(part for part in (ROOT / "README.md").read_text(encoding="utf-8").split("```") if "article  " in part)
    assert block.strip("\n").split("\n\n")[0] == table


@pytest.mark.slow
def test_every_claim_has_its_verdict(pipeline: Pipeline):
    records = json.loads((pipeline.folder / "results/verdicts.json").read_text(encoding="utf-8"))
    assert not [record["claim"] for record in records if record.get("verdict") in ("open", "differs")]
    assert sum(record["kind"] == "number" and record["source"] in SIX for record in records) == 50


def jobs(*words: str, cwd: Path) -> list[str]:
    """What Snakemake would run, each job by the experiment, document or whatever it announces."""
    planned = snakemake(cwd, "--dry-run", *words)
    assert planned.returncode == 0, planned.stderr
    return sorted(found[1] for line in planned.stdout.splitlines() if (found := JOB.match(line)))


@pytest.mark.slow
def test_each_job_is_announced_in_one_line_and_the_run_in_few(pipeline: Pipeline):
    lines = pipeline.first.stderr.splitlines()
    announced = {found[1] for line in lines if (found := JOB.match(line))}
    assert announced >= {*RUNNABLE, *SIX} - pipeline.made_by_interruption
    assert len([line for line in lines if not JOB.match(line) and not line.startswith("Still at work")]) < 12


# A run and a suite in which any second without a word is one too many.
IMPATIENT = {
    "Snakefile": f"""\
import sys
sys.path.insert(0, "scripts")
import lastdigit.command
lastdigit.command.SILENCE = 0.5
include: "{ROOT}/workflow/Snakefile"
""",
    "test_slow.py": "import conftest, time\nconftest.SILENCE = 0.5\ndef test_slow():\n    time.sleep(1.5)\n",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("snakemake", "--cores", "1", "results/ensembles/xor-linear.npz"),
            "Still at work after [0-9]+ s: xor-linear: ",
        ),
        (("pytest", "-q", "-p", "conftest", "test_slow.py"), "  1 s  test_slow.py::test_slow\n"),
    ],
    ids=["pipeline", "tests"],
)
def test_what_takes_long_says_that_it_is_at_work(
    words: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name, text in IMPATIENT.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name in ("config", "data", "profiles", "requirements.lock", "scripts", "workflow"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'tests'}:{ROOT / 'scripts'}")
    done = command("-m", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(says, done.stdout + done.stderr)


@pytest.mark.slow
def test_a_run_ends_with_whether_all_is_as_committed_and_where_the_site_is(pipeline: Pipeline):
    *_, compared, site = pipeline.first.stdout.strip().splitlines()
    assert compared == "figures/ and data/reference/ are byte for byte as committed."
    assert (pipeline.folder / site.split()[3].rstrip(".")).exists(), site


ARTICLE = """\
title: A made-up article
author: null
date: null
url: null
claims:
  - id: output
    where: full article
    experiment: made-up
    quantity: error
    at: [0]
    notation: python3-repr
    printed: ["0.5"]
"""


@pytest.mark.slow
def test_an_added_article_runs_nothing_again_that_is_there(pipeline: Pipeline):
    experiments, article = pipeline.folder / "data/experiments.yaml", pipeline.folder / "data/published/made-up.yaml"
    try:
        with experiments.open("a", encoding="utf-8") as stream:
            stream.write("\nmade-up:\n  <<: *two-layer\n  epochs: 10\n")
        article.write_text(ARTICLE, encoding="utf-8")
        assert jobs(cwd=pipeline.folder) == [
            "All is made",
            "Checksums of the reference data",
            "Figures",
            "Site",
            "Verdicts on all claims",
            "Verdicts on the numbers of made-up",
            "made-up",
        ]
    finally:
        article.unlink()
        git(pipeline.folder, "checkout", "--quiet", "data")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "is_proven_again"),
    [("scripts/lastdigit/figures/curves.py", False), ("scripts/lastdigit/tape.py", True)],
)
def test_a_change_of_code_runs_again_what_it_can_change(pipeline: Pipeline, changed: str, is_proven_again: bool):
    try:
        with (pipeline.folder / changed).open("a", encoding="utf-8") as stream:
            stream.write("# changed\n")
        again = jobs(cwd=pipeline.folder)
        assert {"Figures", "Site", *SIX} <= set(again)
        assert set(RUNNABLE) & set(again) == (set(RUNNABLE) if is_proven_again else set())
    finally:
        git(pipeline.folder, "checkout", "--quiet", "scripts")


@pytest.mark.slow
def test_the_programs_on_the_path_are_in_nobodys_way(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch):
    planned = jobs(cwd=pipeline.folder)
    monkeypatch.setenv("PYTHONPATH", "scripts")
    assert jobs(cwd=pipeline.folder) == planned


@pytest.mark.slow
def test_a_document_whose_name_is_no_word_is_refused(tmp_path: Path):
    """For it becomes a word of a command."""
    for name in ("Snakefile", "config", "data", "profiles", "requirements.lock", "scripts"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "workflow", tmp_path / "workflow")
    (tmp_path / "workflow/notebooks/a; b.md").write_text("# Odd\n", encoding="utf-8")
    refused = snakemake(tmp_path, "--dry-run")
    assert refused.returncode and "workflow/notebooks/a; b.md: the name: " in refused.stdout + refused.stderr


@pytest.mark.slow
def test_a_document_needs_no_network(pipeline: Pipeline, tmp_path: Path):
    alone = ["unshare", "--net"]  # not even the loopback
    if not shutil.which("unshare") or subprocess.run([*alone, "true"], capture_output=True).returncode:
        pytest.skip("only root on Linux can take the network away")
    words = [sys.executable, "scripts/weave.py", "trask-notebook", "--output", str(tmp_path / "woven.ipynb")]
    woven = subprocess.run([*alone, *words], cwd=pipeline.folder, capture_output=True, text=True)
    assert (woven.returncode, woven.stderr) == (0, "")
    assert (tmp_path / "woven.ipynb").read_bytes() == (
        pipeline.folder / "results/notebooks/trask-notebook.ipynb"
    ).read_bytes()


@pytest.mark.slow
def test_a_killed_run_goes_on_and_two_at_once_do_not(pipeline: Pipeline):
    made = "results/runs/native/xor-linear.npz"
    (pipeline.folder / made).unlink()
    words = [sys.executable, "-m", "snakemake", "--cores", "4", made]
    begun = subprocess.Popen(words, cwd=pipeline.folder, stderr=subprocess.PIPE, text=True)
    assert begun.stderr is not None
    assert any(JOB.match(line) for line in begun.stderr)
    assert "LockException" in snakemake(pipeline.folder, made).stderr
    begun.kill()
    begun.communicate()
    assert list((pipeline.folder / ".snakemake/locks").iterdir())
    assert snakemake(pipeline.folder, made).returncode == 0
    assert git(pipeline.folder, "status", "--porcelain") == ""


@pytest.mark.slow
def test_a_failed_job_says_why_and_leaves_what_was_there(pipeline: Pipeline):
    """A run that is no run: the job that reads it fails, on the screen and in its log; and is not taken for done."""
    run = pipeline.folder / "results/runs/portable/xor-linear.from-xor-sigmoid.npz"
    whole = run.read_bytes()
    run.write_bytes(whole[:1000])
    for _ in range(2):
        failed = snakemake(pipeline.folder, "results/made/figures")
        assert failed.returncode != 0
        assert f"{run.name}: not a run written by scripts/train.py" in failed.stderr
        assert git(pipeline.folder, "status", "--porcelain") == ""
    run.write_bytes(whole)
    assert snakemake(pipeline.folder).returncode == 0


SETTINGS = (ROOT / "config/config.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("digits: 30", "digitz: 30", "certification.digitz: no such key"),
        ("digits: 30", "digits: 30\n  digits: 31", 'line 4: found duplicate key "digits"'),
        ("digits: 30", "digits: 1000.0", "certification.digits: input should be a valid integer, got 1000.0"),
        ("first_bits: 160", "first_bits: 9000", "first_bits: expected at most most_bits, 8192, got 9000"),
        ("  seeds: 1000", "  seeds: 1000000000", "ensembles.seeds: input should be less than or equal to 1000000"),
        ("epochs: 60000", "epochs: 100", "ensembles.epochs: input should be greater than or equal to 60000"),
        ("[1, 2, 4]", "[1, 2, 1]", "other_sizes: expected each size once, got [1, 2, 1]"),
        ("ensembles:", "ensembles: [", "line "),
        (SETTINGS, "", "expected keys with values, got None"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused(tmp_path: Path, old: str, new: str, message: str):
    file = tmp_path / "config.yaml"
    assert old in SETTINGS
    file.write_text(SETTINGS.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(message)) as raised:
        parse(Settings, read_yaml(file), str(file))
    assert str(raised.value).startswith(f"{file}: ")


def test_the_settings_are_explained_and_fit():
    text = (ROOT / "config/README.md").read_text(encoding="utf-8")
    settings = parse(Settings, read_yaml(ROOT / "config/config.yaml"), "config.yaml").model_dump()
    keys = [f"{part}.{key}" for part, values in settings.items() for key in values]
    assert re.findall(r"^\| `([\w.]+)`", text, re.MULTILINE) == keys


def complaint(*words: str, code: int = 2) -> str:
    """The one line that a program says of bad input."""
    failed = run_program(*words)
    assert failed.returncode == code, failed.stderr
    (line,) = failed.stderr.strip().splitlines()
    return line


def test_publish_replaces_nothing_but_a_site(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert "is no site of ours" in complaint("publish", "--output", str(tmp_path))
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_a_run_is_not_taken_for_one_in_another_arithmetic(tmp_path: Path):
    for name, experiment in RUNNABLE.items():
        short = experiment if name == "cross-entropy" else experiment.changed(epochs=1)
        runs.save(train(short, "native"), tmp_path / f"{name}.npz")
    with pytest.raises(InputError, match="trained in the native arithmetic, expected portable"):
        Project(portable=tmp_path).run("cross-entropy")
    assert "two-layer.npz: of another experiment, or of an earlier form of it: epochs changed" in complaint(
        "verify",
        "--numbers-only",
        "--native",
        str(tmp_path),
        "--portable",
        str(tmp_path),
        "--ensembles",
        ".",
    )


def test_verify_wants_the_folders_that_it_is_told_of():
    others = [word for name in ("native", "portable", "ensembles", "notebooks") for word in (f"--{name}", ".")]
    told = complaint("verify", "--reference", "nosuch", *others)
    assert told.endswith("--reference: no such folder: nosuch")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("three_layer_epochs=[1", "--parameter three_layer_epochs: line 1: "),
        ("epochs=1", "no parameter 'epochs'"),
        *(
            (f"three_layer_epochs={odd}", "expected a number from 0 to 1000000000")
            for odd in ("true", ".nan", "9" * 400)
        ),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused(tmp_path: Path, value: str, message: str):
    words = ["weave", "trask-notebook", "--parameter", value, "--output", str(tmp_path / "no.ipynb")]
    assert message in complaint(*words)
    assert list(tmp_path.iterdir()) == []


def test_a_name_is_no_piece_of_a_command(tmp_path: Path):
    file = tmp_path / "experiments.yaml"
    text = (ROOT / "data/experiments.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace("two-layer:", '"a; touch b":'), encoding="utf-8")
    assert "experiments.yaml" in complaint("train", "two-layer", "--experiments", str(file))


PROGRAMS = sorted(path.stem for path in (ROOT / "scripts").glob("*.py"))


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_has_help_with_examples(program: str):
    shown = run_program(program, "--help")
    assert shown.returncode == 0
    assert f"python scripts/{program}.py" in shown.stdout.partition("examples:\n")[2]


def legacy_draws(seed: int):
    """NumPy's legacy draws by the standard library: MT19937 seeded by init_genrand, 53-bit doubles."""
    words = [seed]
    for number in range(1, 624):
        words.append((1812433253 * (words[-1] ^ (words[-1] >> 30)) + number) % 2**32)
    generator = random.Random()
    generator.setstate((3, (*words, 624), None))
    while True:
        yield generator.random()


@pytest.mark.parametrize("name", [name for name, experiment in RUNNABLE.items() if experiment.start.seed is not None])
def test_the_starting_weights_can_be_had_without_numpy(name: str):
    start, draws = RUNNABLE[name].start, legacy_draws(RUNNABLE[name].start.seed)
    for weight in PROJECT.certificate(name).starting_weights:
        drawn = start.low + (start.high - start.low) * next(draws)
        assert (drawn.hex(), f"{drawn:.17g}") == (weight.hex, weight.decimal)


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_certificate_proves_and_confirms_every_digit(name: str):
    """That it is of the experiment as it is now, and does not contradict itself, is checked as it is read."""
    certificate = PROJECT.certificate(name)
    assert (certificate.shortfall, certificate.disagreements) == (None, ())
    for value in (value for quantity in certificate.quantities for value in quantity.values):
        assert value.is_confirmed and value.digits_proven == certificate.digits_wanted == 30
        assert float.fromhex(value.nearest_double.hex) == nearest_double(value.enclosure.exact.centre)


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_trajectory_tells_the_same_in_each_of_its_columns(name: str):
    with (ROOT / "data/reference" / name / "trajectory.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {int(row["epoch"]) for row in rows} >= {*range(11), RUNNABLE[name].epochs - 1}
    for row in rows:
        portable = float.fromhex(row["portable_hex"])
        assert repr(portable) == row["portable"]
        if row["quantity"].startswith("weights") and row["epoch"] == "0" and row["moment"] == "before":
            # Exact on entry: the certified weight is the portable one, to the digits that are shown.
            # The weights are less than 1, so that 30 digits end in the 30th decimal or beyond.
            assert abs(Fraction(portable) - Fraction(row["certified"])) <= Fraction(10) ** (-30) / 2
        assert struct.pack("<d", portable) == struct.pack("<d", float(row["portable"]))


def test_the_checksums_are_those_of_the_files():
    folder = ROOT / "data/reference"
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(sums) == files - {"SHA256SUMS"}
    assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for name, digest in sums.items())
