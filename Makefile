# Everything starts here: `make` alone lists what there is. Cargo knows better than make what has
# changed, so nothing is a file target but what npm installs.

# Our own tools come first. `exec` below makes a shell look for them: macOS's old make would not.
export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/.tools/npm/node_modules/.bin:$(PATH)
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

# Lazy routes need the split build, and the split build needs lazy routes: on together, or not at all.
web := --release --split --precompress --features split
# It would replace the flags of .cargo/config.toml, and every crate would be compiled once more.
unexport RUSTFLAGS
# `frontend` apart: built together with `server` it would mix Leptos's features.
host := --workspace --exclude frontend

.PHONY: help serve build demo check test e2e bench soak tools clean lint units browser plain

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-6s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: tools ## Build what users get and serve it at http://127.0.0.1:10204
	@echo "Building, then serving at http://127.0.0.1:10204; Ctrl-C ends it. The first build takes minutes."
	@$(MAKE) --no-print-directory build
	@exec target/release/mcp-observatory

build: tools ## Build the release binary (target/release) and the web files (target/site)
	@cargo-leptos build $(web)
	@.make/shorten

demo: ## Serve with three real MCP servers, installed into .demo
	@.make/need demo
	@$(MAKE) --no-print-directory build
	@.make/peers
	@.make/demo

check: lint ## The fast loop: format, clippy, unit tests
	@cargo test $(host) --lib --bins

test: ## Everything: format, clippy, all tests, the web build, journeys in a browser
	@.make/need tests
	@MAKE="$(MAKE)" .make/stages tools browser lint units build e2e plain

e2e: browser end2end/node_modules/.package-lock.json ## Journeys in a browser, against what `make build` left (ARGS=smoke: only those)
	@.make/need tests
	@.make/peers --all
	@cd end2end && exec node_modules/.bin/playwright test $(ARGS)

bench: browser end2end/node_modules/.package-lock.json ## Measure what `make build` left: loading, painting, charts, tables, a thousand servers and sockets, samples, scraping, taps
	@.make/need tests
	@.make/peers --all
	@cd end2end && exec node_modules/.bin/playwright test -c bench
	@cargo run --release -p ingest --example exposition
	@cargo run --release -p ingest --example ways -- target/release/mcp-observatory
	@cargo run --release -p ingest --example peers -- target/release/mcp-observatory
	@cargo run --release -p tsdb --example rollups -- 300 16
	@cargo run --release -p tap --example latency
	@cargo run --release -p tap --example proxied

soak: browser end2end/node_modules/.package-lock.json ## Try to break it for longer (SOAK_MINUTES=20)
	@.make/need tests
	@.make/peers --all
	@cd end2end && exec node_modules/.bin/playwright test -c soak

tools: ## Bring in the build tools that are missing, into .tools
	@.make/need
	@.make/tools

clean: ## Remove what was built, the demo and the results of tests; the tools stay
	cargo clean
	rm -rf .demo end2end/node_modules end2end/results

lint:
	@cargo fmt --all --check
	@cargo clippy $(host) --all-targets -- -D warnings
	@cargo clippy -p frontend --features split --target wasm32-unknown-unknown -- -D warnings

units:
	@.make/neighbours
	@.make/peers
	@.make/senders
	@.make/units $(host)

browser:
	@.make/browser

plain:
	@.make/plain

end2end/node_modules/.package-lock.json: end2end/package.json end2end/package-lock.json
	@echo "e2e: installing Playwright (under a minute)"
	@cd end2end && npm ci --loglevel=error
	@touch $@
