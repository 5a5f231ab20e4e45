"""The first minutes on a fresh machine: what is missing is named, with the remedy."""

import subprocess
import sys

import pytest

import bootstrap


@pytest.fixture
def bare_machine(monkeypatch, tmp_path):
    """No root, no programs, no libraries, nothing installed yet."""
    monkeypatch.setattr(bootstrap, "can_apt", lambda: False)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name, path=None: None)
    monkeypatch.setattr(bootstrap, "PANGO_FILES", ("libnowhere.so.0",))
    monkeypatch.setattr(bootstrap, "has_ensurepip", lambda: False)
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "setup.log")


@pytest.mark.parametrize(
    ("step", "remedy"),
    [
        ("pango", "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0"),
        ("browser", "sudo apt-get install chromium poppler-utils"),
        ("packages", "sudo apt-get install python3."),
    ],
)
def test_what_is_missing_is_named_with_the_remedy(bare_machine, capsys, step, remedy):
    assert bootstrap.main([step]) == 1
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert remedy in last


def test_without_nginx_its_tests_are_skipped_and_nothing_stops(bare_machine, capsys):
    assert bootstrap.main(["nginx"]) == 0
    assert "its tests are skipped" in capsys.readouterr().out


def test_a_command_that_fails_shows_the_end_of_its_output(bare_machine):
    command = [sys.executable, "-c", "print('no route to host'); raise SystemExit(2)"]
    with pytest.raises(bootstrap.Stop) as stopped:
        bootstrap.run(command, trouble="Nothing could be installed.")
    assert str(stopped.value).startswith("Nothing could be installed.")
    assert "no route to host" in str(stopped.value)
    assert str(bootstrap.LOG) in str(stopped.value)


def test_a_fingerprint_changes_with_content_and_name(monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    (tmp_path / "css").mkdir()
    file = tmp_path / "css" / "a.scss"
    file.write_text("a")
    prints = [bootstrap.fingerprint([tmp_path / "css"])]
    assert bootstrap.fingerprint([tmp_path / "css"]) == prints[0]
    file.write_text("b")
    prints.append(bootstrap.fingerprint([tmp_path / "css"]))
    file.rename(tmp_path / "css" / "c.scss")
    prints.append(bootstrap.fingerprint([tmp_path / "css"]))
    prints.append(bootstrap.fingerprint([tmp_path / "css"], "3.12"))
    assert len(set(prints)) == 4


def test_the_installer_is_pinned_by_the_hashes_of_the_lock():
    lines = bootstrap.locked_block("uv").splitlines()
    assert lines[0].startswith("uv==")
    assert len(lines) > 10
    assert all(line.strip().startswith("--hash=sha256:") for line in lines[1:])
    assert not lines[-1].endswith("\\")


def test_bootstrap_needs_nothing_but_python():
    probe = "import sys; sys.path.insert(0, '.'); import bootstrap"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", probe], cwd=bootstrap.ROOT, check=False
    )
    assert done.returncode == 0
