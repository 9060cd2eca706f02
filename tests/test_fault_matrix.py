"""The page of the fault matrix, from what became of the tests."""

from datetime import UTC, datetime

import pytest

from tests.support import fault_matrix
from tests.support.fault_matrix import Outcome, Row


@pytest.mark.parametrize(
    ("outcomes", "result"),
    [
        (["passed"], "passed"),
        (["passed", "passed"], "passed (2 tests)"),
        (["passed", "FAILED", "skipped"], "FAILED (3 tests)"),
        (["skipped"], "skipped: no broker"),
        (["passed", "skipped"], "1 of 2 passed, the others skipped: no broker"),
    ],
)
def test_a_row_is_as_good_as_the_worst_of_its_tests(outcomes: list[Outcome], result: str) -> None:
    reasons = ["no broker"] * outcomes.count("skipped")
    assert Row(1, "a fault", "nothing", outcomes, reasons).result == result


def test_the_page_is_in_the_order_of_the_numbers() -> None:
    rows = [Row(number, "a fault", "nothing", ["passed"], seconds=1.6) for number in (10, 9)]
    page = fault_matrix.table(rows, now=datetime(2026, 1, 31, tzinfo=UTC))
    assert page.endswith(
        "| 9 | a fault | nothing | passed | 2 |\n| 10 | a fault | nothing | passed | 2 |\n"
    )
    assert "last on 2026-01-31" in page


def test_a_test_notes_what_became_of_it(pytester: pytest.Pytester) -> None:
    pytester.makeconftest('pytest_plugins = ["tests.support.fault_matrix"]')
    pytester.makepyfile(
        """
        import pytest
        from tests.support.fault_matrix import fault

        @fault(2, "it rains", "an umbrella")
        def test_umbrella(): pass

        @fault(1, "it snows", "a coat")
        def test_coat(): pytest.skip("it is summer")

        @pytest.mark.slow
        @fault(3, "it hails", "a roof")
        def test_roof(): assert False
        """
    )
    pytester.runpytest_inprocess("--fault-table", "page.md").assert_outcomes(
        passed=1, skipped=1, deselected=1
    )
    page = (pytester.path / "page.md").read_text()
    assert "| 1 | it snows | a coat | skipped: it is summer | 0 |\n| 2 | it rains" in page
    assert "hails" not in page
    pytester.runpytest_inprocess("--slow", "--fault-table", "page.md").assert_outcomes(
        passed=1, skipped=1, failed=1
    )
    assert "| 3 | it hails | a roof | FAILED | 0 |" in (pytester.path / "page.md").read_text()
