/* What a person has to do about a refusal: one sentence or two, added to the cloud's own. */
#pragma once

#include "base/str.h"
#include "gce/error.h"

enum advice {
	ADVICE_NONE,
	ADVICE_QUOTA,
	ADVICE_RATE,
	ADVICE_PERMISSION,
	ADVICE_FORBIDDEN, /* nobody says what is missing */
	ADVICE_PAYER,     /* the project that pays for the calls */
	ADVICE_SCOPE,
	ADVICE_PERIMETER,
	ADVICE_API,
	ADVICE_BILLING,
	ADVICE_POLICY,
	ADVICE_PROJECT,
	ADVICE_ZONE,
	ADVICE_REGION,
	ADVICE_IMAGE,
	ADVICE_IN_USE,
	ADVICE_STOCK_OUT,
	ADVICE_IP_SPACE,
};

/* Which quota, where the answer says more than its sentence. Loans; NULL: it does not. */
struct quota_facts {
	const char *metric; /* "compute.googleapis.com/cpus_all_regions" */
	const char *region;
};

/* Appends the advice to a refusal with that sentence; nothing for ADVICE_NONE. */
void advice_add(struct str *to, enum advice advice, const char *sentence, const struct quota_facts *quota,
	const struct error_scene *scene);
