/* Leader election as the flags want it: which Lease, who we are in it, and for how long it holds. */
#pragma once

#include "flags.h"
#include "kube/lease.h"

/* The terms for this process; namespace: for when the flags name none, may be NULL. The identity is new each time; texts are
 * loans of flags, namespace and identity. */
struct lease_terms leader_terms(const struct flags *flags, const char *namespace, char identity[128]);
/* Do the flags fit together? err says what to change when not. */
bool leader_check(const struct flags *flags, struct error *err);
