/* The flags of leader election: which Lease, and for how long it holds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "kube/lease.h"

struct leader_flags {
	bool elect;
	const char *name, *namespace; /* NULL: the default */
	int64_t duration_ms, renew_deadline_ms, retry_period_ms;
};

#define LEADER_FLAGS_DEFAULT                                                                                           \
	((struct leader_flags){.duration_ms = 15000, .renew_deadline_ms = 10000, .retry_period_ms = 2000})

extern const char LEADER_HELP[];

/* The flags by name without "--": "leader-elect" and what begins with it. false: told on stderr why. value is NULL when the
 * flag came without one. */
bool leader_flag_take(struct leader_flags *flags, const char *name, const char *value);
/* Do they fit together? false: told on stderr why not. */
bool leader_flags_check(const struct leader_flags *flags);
/* The terms for this process; namespace: for when the flags name none, may be NULL. The identity is new each time; texts are
 * loans of flags, namespace and identity. */
struct lease_terms leader_terms(const struct leader_flags *flags, const char *namespace, char identity[128]);
