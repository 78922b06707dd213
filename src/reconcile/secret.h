/* What Secrets that the spec names hold: shared by the three files that know it (secrets.c, secret_uses.c, secret_content.c). */
#pragma once

#include "reconcile/internal.h"

enum secret_form {
	SECRET_PAIR,    /* tls.crt and tls.key: a certificate's chain and its key */
	SECRET_CLIENT,  /* the secret of an OAuth client */
	SECRET_URL_KEY, /* a key of signed URLs */
};

/* What is taken out of a Secret. Texts are kept only until the cloud has them; at rest the digest is all. */
struct secret_part {
	enum secret_form form;
	char *own_member; /* of its data; "" for a pair */
	/* Of the last good one; "": none yet. Of a pair the chain's: a new key has a new certificate. */
	char digest[DIGEST_HEX_SIZE];
	char *own_text, *own_key; /* text or chain, and the chain's key; NULL: not at hand */
};

struct secret {
	struct entry *entry;
	char *own_name;
	const char *place; /* one in the spec that names it */
	struct vec parts;  /* of struct secret_part */
	struct kube_call *call;
	bool read;               /* once, all of its parts, whatever came of it */
	int64_t due;             /* ms; when it is read next */
	uint64_t asked;          /* entry->asked when it was read last */
	struct error *own_error; /* NULL: it is good, as last read */
};

/* One place of the spec that names a Secret. Loans. */
struct secret_use {
	enum secret_form form;
	const char *secret, *member; /* member: "" for a pair */
	const char *place;
	enum kind_id kind; /* of what is made of it */
	const char *role;
	const char *name; /* of the key of signed URLs, or of the OAuth client */
};
struct secret_uses {
	struct secret_use *items; /* in json_arena() */
	size_t count, capacity;
};

/* secret_uses.c */
struct secret_uses secret_uses(const struct lb *lb);
/* Has the cloud what is to be made of it? Only then the text is of no more use. */
bool secret_is_made(const struct entry *entry, const struct secret_use *use, const struct secret_part *part);
/* Does something that was made for that place serve already, be it of another text? */
bool secret_stands(const struct entry *entry, const struct secret_use *use);

/* secret_content.c */
struct secret_part *secret_part_find(const struct secret *secret, const struct secret_use *use); /* NULL: none */
void secret_part_forget(struct secret_part *part);                                               /* its texts */
void secret_part_drop(void *part);
/* Takes all parts out of the Secret as the API server prints it. false: one is not as it must be; the others are taken. */
bool secret_take(struct secret *secret, const cJSON *body, struct error *err);
/* told: what the API server says instead; err: the same about this Secret, and what to do about it. */
void secret_explain(const struct secret *secret, const struct error *told, struct error *err);
