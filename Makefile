# What operators type. `make` alone says what there is.
COMPOSE ?= docker compose
PROFILE ?= smoke
SERVICE ?=

.DEFAULT_GOAL := help
.PHONY: help up down destroy run-all smoke seed e2e logs load ps

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Secrets are made here, once, and stay on this machine.
.env: .env.example
	@if [ -e .env ]; then touch .env; else \
	  umask 077; while IFS= read -r line; do case "$$line" in \
	    *=secret) echo "$${line%=*}=$$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')";; \
	    *) echo "$$line";; esac; done < .env.example > .env.new && mv .env.new .env; \
	  echo 'made .env with secrets of its own'; fi

up: .env ## build and start everything, and wait until it is healthy
	$(COMPOSE) up --build --detach --wait --wait-timeout 600

down: .env ## stop everything; the data stay
	$(COMPOSE) --profile once down

destroy: .env ## stop everything and delete the data
	$(COMPOSE) --profile once down --volumes

run-all: up smoke ## bring everything up, wait, and try every role out
	@echo
	@echo '  API         https://localhost:8443/v1   (make logs, make seed, make load)'
	@echo '  API key     in .env: ADMIN_API_KEY'
	@echo '  Grafana     http://localhost:3000        (admin, GRAFANA_PASSWORD in .env)'
	@echo '  Prometheus  http://localhost:9090'
	@echo '  Kafka UI    http://localhost:8088'
	@echo '  Keycloak    http://localhost:8180'

smoke: .env ## try every role out, through Traefik
	$(COMPOSE) run --rm smoke

seed: .env ## fill a ledger with the stories of the demo
	$(COMPOSE) run --rm seed

e2e: .env ## smoke test and stories, every claim checked
	$(COMPOSE) run --rm smoke
	$(COMPOSE) run --rm seed

logs: .env ## follow the logs, of all or of SERVICE=gateway-1
	$(COMPOSE) logs --follow --tail 100 $(SERVICE)

ps: .env ## what runs, and how it is
	$(COMPOSE) ps

load: .env ## a load test through Traefik: PROFILE=smoke, load, stress, spike or soak
	$(COMPOSE) run --rm -e PROFILE=$(PROFILE) load
