"""The README's Python lines run as they stand."""

import re
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_lines_of_the_api_run(capsys):
    compare, choose, chances, see = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len([line for line in compare.splitlines() if line]) == 6
    for code, said in ((compare, "mri"), (choose, "mri"), (chances, "Chance(mean=0.116"), (see, "(428, 497)")):
        exec(compile(code, "README.md", "exec"), {})
        assert said in capsys.readouterr().out
