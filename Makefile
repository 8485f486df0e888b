# Every command of the project. `make test` is what CI runs.

.PHONY: test demo bench soak fmt lint docs stop

test: ## install what is missing, then check, build and test everything
	@scripts/test

demo: ## a show on this machine
	@scripts/demo

bench: ## the figures of docs/benchmarks.md, each beside its ceiling
	@scripts/bench

soak: ## an hour among hostile neighbours, with kills; MINUTES=5 for less
	@scripts/soak $(MINUTES)

fmt: ## format the sources
	cargo fmt --all

lint: ## what `make test` asks of style
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

docs: ## write the generated documents anew; the tests compare them otherwise
	UPDATE_DOCS=1 cargo nextest run --workspace -E 'test(/(^|::)docs::/)'

stop: ## end the PostgreSQL that tests run by hand share
	cargo run --quiet --package trackway-testkit --bin testkit -- stop
