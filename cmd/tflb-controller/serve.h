/* The addresses at which the controller answers: --health-probe-bind-address and --metrics-bind-address. */
#pragma once

#include "flags.h"
#include "reconcile/endpoints.h"

/* ":8080", "ADDRESS:8080", "[ADDRESS]:8080" with an IP address; "0" for none. */
bool bind_address_is_good(const char *text);

struct serve;
/* Listens where the flags say; the same address twice is one server. Says in the log where. NULL + err when it can't. All but flags
 * are loans for its life. */
struct serve *serve_new(struct loop *loop, const struct flags *flags, struct endpoints *endpoints,
	const struct log *log, struct error *err);
void serve_free(struct serve *serve); /* NULL is fine */
