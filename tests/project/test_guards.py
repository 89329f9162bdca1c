"""What no module may do: run data as code, skip TLS, follow redirects, reach another network, look at a clock."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.project.conftest import parsed

CODE = ("pipelines/", "assets/")
CALLS = {
    "runs data as code (T30)": r"eval|exec|compile|__import__|yaml\.(load|load_all|unsafe_load|full_load)"
    r"|os\.(system|popen|exec\w*)|(jinja2\.)?Template|\w+\.from_string",
    "reaches the network beside kit.http (T15)": r"requests\.(get|post|put|patch|delete|head|options|request|Session)"
    r"|socket\.create_connection|urlopen|urlretrieve",
}
KEYWORDS = {
    ("verify", False): "skips TLS (T3)",
    ("allow_redirects", True): "follows redirects (T15)",
    ("shell", True): "runs a shell (T30)",
    ("autoescape", False): "writes data into HTML as it is (T8)",
    ("trust_env", True): "takes proxies and passwords from the environment (T15)",
}
IMPORTS = {
    "pickle": "runs data as code (T30)", "marshal": "runs data as code (T30)", "shelve": "runs data as code (T30)",
    "dill": "runs data as code (T30)", "cloudpickle": "runs data as code (T30)", "httpx": "reaches the network",
    "aiohttp": "reaches the network", "ftplib": "reaches the network", "urllib.request": "reaches the network",
    "xml": "expands entities (T27)",
}  # fmt: skip
CHANCE = re.compile(
    r"time\.(time|time_ns|perf_counter|monotonic|sleep|gmtime|localtime)|(datetime\.)?date\.today|os\.urandom"
    r"|(datetime\.|dt\.)*datetime\.(now|utcnow|today)|uuid\.uuid[14]|(random|secrets)\.\w+"
)
FROM = {"time", "random", "secrets", "uuid"}
MAY_BE_CHANCE = re.compile(r"pipelines/kit/calls\.py|pipelines/(kit|platforms/\w+)/sandbox/.*|assets/.*")
IMPORT_BY_NAME = {"pipelines/kit/platform.py", "pipelines/platforms/__init__.py"}
SAMPLES = {
    "T30": [
        "eval(text)", "exec(text)", "os.system(text)", "yaml.load(text)", "import pickle", "from marshal import loads",
        "jinja2.Template(name)", "environment.from_string(name)", "subprocess.run(words, shell=True)",
    ],
    "T15": ["requests.get(url)", "session.get(url, allow_redirects=True)", "self.trust_env = True"],
    "T3": ["session.send(request, verify=False)", "session.verify = False"],
    "T8": ["Environment(autoescape=False)"],
    "network": ["import httpx", "from urllib.request import urlopen"],
    "by name": ["import_module(name)"],
    "clock": [
        "time.time()", "datetime.now(UTC)", "uuid.uuid4()", "from uuid import uuid4", "os.urandom(8)",
        "random.random()", "now = time.monotonic", "from random import Random", "date.today()",
    ],
}  # fmt: skip


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "_"


def wrongs(tree: ast.AST, name: str) -> Iterator[str]:
    """What a file does that it may not, each with its line."""
    for node in ast.walk(tree):
        for said in _wrong(node, name):
            yield f"{name}:{getattr(node, 'lineno', 0)} {said}"


def _wrong(node: ast.AST, name: str) -> Iterator[str]:
    if isinstance(node, ast.Call):
        called = _dotted(node.func)
        yield from (why for why, pattern in CALLS.items() if re.fullmatch(pattern, called))
        given = [(word.arg, word.value) for word in node.keywords]
        yield from (why for (arg, bad), why in KEYWORDS.items() if any(a == arg and _is(v, bad) for a, v in given))
        if called.endswith("import_module") and name not in IMPORT_BY_NAME:
            yield "imports by name what is not listed (T30)"
    if isinstance(node, ast.Assign):
        named = [target.attr for target in node.targets if isinstance(target, ast.Attribute)]
        yield from (why for (arg, bad), why in KEYWORDS.items() if arg in named and _is(node.value, bad))
    if isinstance(node, ast.Import | ast.ImportFrom):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        yield from (IMPORTS[key] for key in IMPORTS for m in modules if m == key or m.startswith(f"{key}."))
    chance = isinstance(node, ast.ImportFrom) and node.module in FROM
    chance |= isinstance(node, ast.Attribute) and CHANCE.fullmatch(_dotted(node)) is not None
    if chance and not MAY_BE_CHANCE.fullmatch(name):
        yield "looks at a clock or at chance; the run's context gives both (I-40)"


def _is(node: ast.expr, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def test_no_module_does_what_none_may(checkout: Any) -> None:
    files = checkout.files(*CODE, suffix=".py")
    assert len(files) > 100
    assert [said for path in files for said in wrongs(parsed(path), checkout.name(path))] == []


@pytest.mark.parametrize(("why", "code"), [(why, code) for why, codes in SAMPLES.items() for code in codes])
def test_each_of_them_would_be_found(why: str, code: str) -> None:
    assert why in " ".join(wrongs(ast.parse(code), "pipelines/stages/plan.py"))


def test_the_context_alone_has_a_clock() -> None:
    code = ast.parse("time.monotonic()")
    found = [bool(list(wrongs(code, name))) for name in ("pipelines/kit/http.py", "pipelines/kit/calls.py")]
    assert found == [True, False]


def test_no_template_writes_data_as_markup(checkout: Any) -> None:
    unsafe = re.compile(r"\|\s*safe|autoescape|<script|\son\w+=")
    templates = checkout.files("pipelines/report/templates/", suffix=".j2")
    assert len(templates) > 5
    assert [checkout.name(path) for path in templates if unsafe.search(path.read_text("utf-8"))] == []


def test_nothing_writes_a_spreadsheet(checkout: Any) -> None:
    """No CSV or XLSX is written, so nothing in one can be a formula (T9, B64); this fails when that changes."""
    writing = re.compile(r"csv\.(writer|DictWriter)|to_csv|to_excel|openpyxl|xlsxwriter|FORMAT\s+CSV", re.IGNORECASE)
    files = checkout.files(*CODE, suffix=".py") + checkout.files(*CODE, suffix=".sql")
    assert [checkout.name(path) for path in files if writing.search(path.read_text("utf-8"))] == []


def test_a_token_is_never_an_argument(checkout: Any) -> None:
    """Anybody on the machine reads the arguments of a process (T35); a sandbox's token opens nothing else."""
    words = parsed(checkout.root / "assets" / "cli.py")
    taking = {
        function.name
        for function in ast.walk(words)
        if isinstance(function, ast.FunctionDef)
        for argument in function.args.args + function.args.kwonlyargs
        if re.search(r"token|secret|password|key\b", argument.arg)
    }
    assert taking == {"sandbox"}
