# Every target sets up what it needs; a second run finds it there and is quick.
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test faults check format bench clean

demo:
	scripts/setup demo
	$(BIN)/asd-monitor demo

test:
	scripts/setup test
	$(BIN)/pytest

# Breaks everything that can be broken, and writes down how that went.
faults:
	scripts/setup test
	$(BIN)/pytest -m fault --slow --fault-table=docs/faults.md

check:
	scripts/setup test
	scripts/check

format:
	scripts/setup test
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench:
	scripts/setup test
	scripts/bench

clean:
	rm -rf $(VENV) .links .cache build
