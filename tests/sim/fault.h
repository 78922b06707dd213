/* Faults of the matrix: families and variants, and the injector that strikes with them. A fault strikes at a call of the
 * controllers', by its number; what lasts longer ends by itself. So a case is a short text, and replays. */
#pragma once

#include "sim/world.h"

enum fault_family {
	FAULT_KILL,       /* F1 */
	FAULT_WATCH,      /* F2 */
	FAULT_STALE,      /* F3 */
	FAULT_REFUSAL,    /* F4 */
	FAULT_TRANSPORT,  /* F5 */
	FAULT_BODY,       /* F6 */
	FAULT_RUN,        /* F7 */
	FAULT_USER,       /* F8 */
	FAULT_MEDDLER,    /* F9 */
	FAULT_LEADER,     /* F10 */
	FAULT_CREDENTIAL, /* F11 */
	FAULT_QUOTA,      /* F12 */
	FAULT_FAMILIES
};

struct fault {
	enum fault_family family;
	int variant;
	uint64_t at; /* number of the call, from 1 */
};

enum { FAULTS_MAX = 12 };

/* Whose calls faults strike at. */
enum aim {
	AIM_ALL,
	AIM_OBJECT, /* those about the object default/tf and its resources */
	AIM_PROJECT /* those and all of its project */
};

struct late;

struct injector {
	struct world *world;
	enum aim aim;
	struct fault faults[FAULTS_MAX];
	size_t count;
	uint64_t seen; /* calls so far that count */
	bool counting; /* else nothing counts and nothing strikes */
	size_t struck;
	uint64_t dice;                                          /* for faults at random */
	unsigned per_mille;                                     /* of the calls are struck at random */
	void (*trace)(void *arg, const struct fake_call *call); /* sees what counts; NULL: nobody */
	void *trace_arg;
	void (*boundary)(
		void *arg); /* at each call that counts, before faults strike, which it may bring; NULL: none will come */
	void *boundary_arg;

	struct {
		const struct fake_http *http; /* NULL: free */
		uint64_t number;
		enum fault_family family;
		int variant;
	} spoilt[FAULTS_MAX]; /* the answers of these calls will be spoilt; some never come */
	struct vec lates;     /* struct late: what is to happen later */
	char vanished[128];   /* operation that is not found any more */
	char hidden[128];     /* name of a resource that does not show */
	char *own_answer;     /* without it */
	int64_t hidden_until, throttled_until, leases_down_until;
	char lost_request[64]; /* the answers to the request of this id are lost */
	int lost_left;
	int gone_left;                        /* so many lists or watches more are refused as too old */
	bool only_writes, only_reads;         /* what is throttled */
	const char *cloud_token, *kube_token; /* the only ones that are accepted; NULL: nobody looks */
	int64_t over_at;                      /* when the last of what lasts is over */
};

void injector_init(struct injector *injector, struct world *world);
void injector_done(struct injector *injector);
bool injector_over(const struct injector *injector); /* everything has struck, and has passed */

/* "F4" of a family; families with variants. */
const char *fault_name(enum fault_family family);
int fault_variants(enum fault_family family);
bool fault_can_be_aimed(enum fault_family family); /* is it the trouble of one object or project alone? */
/* "F4@17:3"; false: it is none. */
bool fault_parse(const char *text, struct fault *fault);

/* What is shared between the files of faults. */
typedef void (*late_fn)(struct injector *injector, struct fake_call *call, void *own_data);
/* Runs fn so much later, unless the world ends before; it frees own_data. call may be NULL. */
void injector_later(struct injector *injector, int64_t ms, late_fn fn, struct fake_call *call, void *own_data);
void injector_lasts(struct injector *injector, int64_t ms); /* what struck is over then at the earliest */
void injector_spoil(struct injector *injector, struct fake_call *call, const struct fault *fault);

/* Each: strikes; true: the call is dealt with. */
bool strike_refusal(
	struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call);
bool strike_transport(
	struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call);
bool strike_body(struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call);
bool strike_run(struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call);
bool strike_watch(
	struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call);
bool strike_stale(
	struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call);
bool strike_user(struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call);
bool strike_meddler(
	struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call);
bool strike_leader(
	struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call);
bool strike_credential(
	struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call);
bool strike_quota(
	struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call);

bool credential_refuses(struct injector *injector, struct fake_call *call); /* true: dealt with */

/* The answers of calls that injector_spoil named; true: dealt with. */
bool spoil_transport(struct injector *injector, int variant, struct fake_call *call, struct emulator_answer *answer);
bool spoil_body(struct injector *injector, int variant, struct fake_call *call, struct emulator_answer *answer);
bool spoil_run(struct injector *injector, int variant, struct fake_call *call, struct emulator_answer *answer);
