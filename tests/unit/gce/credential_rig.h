/* What the tests of credentials share: surroundings on virtual time, services that the test plays one request at a time, a key, and
 * what a fetch told. Included by one test program each. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/alloc.h"
#include "base/rsa.h"
#include "fake/fake_env.h"
#include "fake/fake_http.h"
#include "fake/fake_loop.h"
#include "gce/credential.h"

struct rig {
	struct fake_loop loop;
	struct fake_env env;
	struct fake_http http;
	struct credential_io io;
	struct credential *credential; /* freed with the rig */
	struct vec calls;              /* arrived and not taken by the test yet */

	/* What the last fetch told. */
	unsigned told;
	char token[8192];
	int64_t life_ms;
	struct error err;
};

/* A key pair in PEM, the same for the whole program. */
static char private_key[4096], public_key[4096];

static inline int make_key(void **state)
{
	EVP_PKEY *key = EVP_RSA_gen(1024);
	BIO *out = BIO_new(BIO_s_mem());
	assert_int_equal(PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), 1);
	private_key[BIO_read(out, private_key, sizeof(private_key) - 1)] = '\0';
	assert_int_equal(PEM_write_bio_PUBKEY(out, key), 1);
	public_key[BIO_read(out, public_key, sizeof(public_key) - 1)] = '\0';
	BIO_free(out);
	EVP_PKEY_free(key);
	return 0;
}

static inline void rig_on_call(void *arg, struct fake_call *call)
{
	vec_add(&((struct rig *)arg)->calls, call);
}

static inline int rig_setup(void **state)
{
	struct rig *rig = mem_alloc(sizeof(*rig));
	fake_loop_init(&rig->loop);
	fake_env_init(&rig->env, &rig->loop, 7);
	fake_http_init(&rig->http, &rig->loop, rig_on_call, rig);
	rig->io = (struct credential_io){&rig->loop.loop, &rig->env.env, &rig->http.http};
	*state = rig;
	return 0;
}

static inline int rig_teardown(void **state)
{
	struct rig *rig = *state;
	credential_free(rig->credential);
	fake_loop_settle(&rig->loop);
	bool idle = rig->loop.wake_ms == INT64_MAX; /* nothing that it armed is left */
	fake_http_done(&rig->http);
	fake_env_done(&rig->env);
	fake_loop_done(&rig->loop);
	vec_done(&rig->calls, NULL);
	mem_free(rig);
	return idle ? 0 : -1;
}

/* The next request, which arrives within ms; NULL: none, and ms have passed. */
static inline struct fake_call *rig_wait(struct rig *rig, int64_t ms)
{
	int64_t until = rig->loop.now_ms + ms;
	fake_loop_settle(&rig->loop);
	while (rig->calls.count == 0 && fake_loop_step(&rig->loop, until))
		;
	if (rig->calls.count == 0) {
		fake_loop_run_for(&rig->loop, until - rig->loop.now_ms);
		return NULL;
	}
	struct fake_call *call = rig->calls.own_items[0];
	vec_remove_at(&rig->calls, 0);
	return call;
}

static inline struct fake_call *rig_next(struct rig *rig)
{
	struct fake_call *call = rig_wait(rig, 0);
	assert_non_null(call);
	return call;
}

static inline void rig_answer(struct rig *rig, struct fake_call *call, int status, const char *body)
{
	fake_answer(call, status, "application/json; charset=utf-8", body);
	fake_loop_settle(&rig->loop);
}

/* The credentials file with ' for ", and KEY for the private key. */
static inline char *rig_json(const char *text)
{
	AUTO_STR struct str json = STR_INIT(64 * 1024);
	for (; *text; text++) {
		if (text_starts(text, "KEY")) {
			str_add_quoted(&json, private_key);
			text += 2;
		} else {
			str_add(&json, *text == '\'' ? "\"" : text, 1);
		}
	}
	return str_take(&json);
}

/* The credential of a file, kept in the rig; false: err says why there is none. */
static inline bool rig_make(struct rig *rig, const char *text, struct error *err)
{
	JSON_WORK(work);
	AUTO_FREE char *json = rig_json(text);
	credential_free(rig->credential);
	*err = (struct error){0};
	rig->credential = credential_from_json(&rig->io, json_parse_text(json), CREDENTIAL_SCOPE, err);
	return rig->credential != NULL;
}

static inline void rig_on_access(void *arg, const struct access *access, const struct error *err)
{
	struct rig *rig = arg;
	assert_true((access == NULL) != (err == NULL));
	rig->told++;
	rig->err = err ? *err : (struct error){0};
	rig->life_ms = access ? access->life_ms : 0;
	snprintf(rig->token, sizeof(rig->token), "%s", access ? access->token : "");
}

static inline void rig_fetch(struct rig *rig)
{
	rig->told = 0;
	credential_fetch(rig->credential, rig_on_access, rig);
}

/* A field of a form, decoded; NULL when absent. Owned by the caller. */
static inline char *rig_field(const struct fake_call *call, const char *name)
{
	AUTO_STR struct str value = STR_INIT(64 * 1024);
	for (const char *at = call->body; *at; at += strcspn(at, "&"), at += *at == '&') {
		if (!text_starts(at, name) || at[strlen(name)] != '=')
			continue;
		for (at += strlen(name) + 1; *at && *at != '&'; at++) {
			unsigned byte = (unsigned char)*at;
			if (*at == '%')
				assert_int_equal(sscanf(at, "%%%2x", &byte), 1);
			at += *at == '%' ? 2 : 0;
			str_add(&value, &(char){(char)byte}, 1);
		}
		return str_take(&value);
	}
	return NULL;
}

static inline void assert_field(const struct fake_call *call, const char *name, const char *want)
{
	AUTO_FREE char *value = rig_field(call, name);
	assert_non_null(value);
	assert_string_equal(value, want);
}

/* A part of a JWT (0: header, 1: claims) as JSON in the current arena, after its signature was checked. */
static inline cJSON *rig_jwt(const char *token, int part)
{
	AUTO_STR struct str signature = STR_INIT(4096), text = STR_INIT(16 * 1024);
	const char *first = strchr(token, '.'), *second = first ? strchr(first + 1, '.') : NULL;
	struct rsa_key *key = rsa_public_read(public_key, NULL);
	assert_non_null(second);
	assert_true(str_decode_base64(&signature, second + 1, strlen(second + 1)));
	assert_true(rsa_verify(key, token, (size_t)(second - token), &signature));
	rsa_key_free(key);
	const char *from = part ? first + 1 : token;
	assert_true(str_decode_base64(&text, from, (size_t)((part ? second : first) - from)));
	return json_parse_text(str_text(&text));
}
