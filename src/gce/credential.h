/* Ways of proving who we are to Google: each is one file, and all of them end in an access token. Facts: gce-compute-v1.md
 * section 15. What keeps a token fresh is token.h; where the credentials are found is adc.h.
 *
 * No secret is ever part of an error. Hosts that are sent one come from the credentials' own file and are checked. */
#pragma once

#include "base/json.h"
#include "net/env.h"
#include "net/http.h"
#include "net/loop.h"

#define CREDENTIAL_SCOPE "https://www.googleapis.com/auth/cloud-platform"
#define CREDENTIAL_SCOPE_IAM "https://www.googleapis.com/auth/iam" /* all that is needed to impersonate */
#define CREDENTIAL_UNIVERSE "googleapis.com"

/* Loans that must outlive the credential. */
struct credential_io {
	struct loop *loop;
	struct env *env;
	struct http *http;
};

struct access {
	const char *token;
	int64_t life_ms; /* INT64_MAX: nobody knows */
};
/* Exactly one of access and err is not NULL. err is REJECTED (reason PermissionDenied) when a person must act, else TRANSIENT. */
typedef void (*access_fn)(void *arg, const struct access *access, const struct error *err);

struct credential;
struct credential_ops {
	const char *type;                             /* one word for the metrics */
	void (*fetch)(struct credential *credential); /* ends in credential_tell, from the loop or from within */
	void (*cancel)(struct credential *credential);
	void (*free)(struct credential *credential); /* what is its own, and its memory */
};

/* The first member of every kind. */
struct credential {
	const struct credential_ops *ops;
	struct credential_io io;
	const char *type;        /* of ops; of a file that names another one, that one's */
	char *own_subject;       /* who we are, for messages: "service account a@p.iam.gserviceaccount.com" */
	char *own_universe;      /* whose APIs the tokens are for; NULL: not known */
	char *own_quota_project; /* pays for the calls; NULL: the project that is called */
	char *own_project;       /* that they are of; NULL: not known */
	bool introduces;         /* its project is known with the first token, if ever */
	const char *advice;      /* what to do when its tokens are not accepted */
	bool local;              /* a fetch costs nothing: it leaves nothing but this process */
	access_fn fn;            /* whom the fetch under way tells; NULL: there is none */
	void *arg;
};

/* One at a time. fn may be called from within. */
void credential_fetch(struct credential *credential, access_fn fn, void *arg);
void credential_cancel(struct credential *credential); /* also when nothing is under way */
void credential_free(struct credential *credential);   /* NULL is fine; fn is not called */

/* --- for the kinds --- */

/* What each kind's file calls last to end a fetch. */
void credential_tell(struct credential *credential, const struct access *access, const struct error *err);
/* Fills what is common; subject may be NULL until it is known. */
void credential_init(struct credential *credential, const struct credential_ops *ops, const struct credential_io *io,
	char *own_subject);

/* Text members of a credentials file. text: NULL and err (REJECTED) when it is not there, empty or no text. */
const char *credential_text(const cJSON *info, const char *name, struct error *err);
/* A member that must be an address to which a secret may be sent; otherwise: for when it is not there, NULL: it must be there. */
const char *credential_address(
	const cJSON *info, const char *name, const char *otherwise, const char *universe, struct error *err);

/* --- the kinds; NULL and err (REJECTED) when they can't work --- */

/* A file that somebody else keeps fresh. */
struct credential *token_file_new(const struct credential_io *io, const char *path, struct error *err);
/* By the type member of a credentials file. scope: what its tokens are for. */
struct credential *credential_from_json(
	const struct credential_io *io, const cJSON *info, const char *scope, struct error *err);
struct credential *service_account_new(
	const struct credential_io *io, const cJSON *info, const char *scope, struct error *err);
struct credential *authorized_user_new(const struct credential_io *io, const cJSON *info, struct error *err);
struct credential *external_account_new(
	const struct credential_io *io, const cJSON *info, const char *scope, struct error *err);
struct credential *impersonated_new(
	const struct credential_io *io, const cJSON *info, const char *scope, struct error *err);
/* The metadata server, if there is one: that is found out at the first fetch. expected_universe: of the endpoint; NULL: any. */
struct credential *metadata_new(const struct credential_io *io, const char *expected_universe, struct error *err);
const char *metadata_host(struct env *env); /* that the environment names; NULL: none */

/* A service account in whose name own_source acts. */
struct impersonation_options {
	const char *url; /* .../serviceAccounts/EMAIL:generateAccessToken */
	const char *universe;
	const cJSON *delegates; /* accounts between the two; NULL: none */
	const char *scope;
	int64_t life_s; /* of each token */
};
struct credential *impersonation_new(const struct credential_io *io, struct credential *own_source,
	const struct impersonation_options *options, struct error *err);
char *impersonation_email(const char *url); /* owned by the caller; NULL: the URL is none */
/* "p" of "a@p.iam.gserviceaccount.com", owned by the caller; NULL: the name does not tell. */
char *credential_project_of(const char *email);
