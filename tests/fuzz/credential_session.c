#include "credential_session.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/secret.h"
#include "base/str.h"
#include "gce/credential.h"
#include "gce/url.h"

/* Stands in whatever is secret. */
#define CANARY "c4n4ry"

enum { KEY_BODY = 40 }; /* where the key itself begins in its PEM, more or less */

struct fetch {
	const cJSON *file; /* NULL: none */
	unsigned told;
};

static char private_key[4096];

int LLVMFuzzerInitialize(int *count, char ***arguments);

/* A key that is in no file of ours: "KEY" in an input stands for it. */
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	EVP_PKEY *key = EVP_RSA_gen(1024);
	BIO *out = BIO_new(BIO_s_mem());
	assert(PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1);
	private_key[BIO_read(out, private_key, sizeof(private_key) - 1)] = '\0';
	BIO_free(out);
	EVP_PKEY_free(key);
	return 0;
}

/* How often text stands in the tree. */
static unsigned occurs(const cJSON *tree, const char *text)
{
	const cJSON *each;
	unsigned times = cJSON_IsString(tree) && strstr(tree->valuestring, text);
	cJSON_ArrayForEach(each, tree) times += occurs(each, text);
	return times;
}

/* No secret of the file is in the message, unless the file itself has it elsewhere, too. */
static bool keeps_secrets(const cJSON *file, const struct error *err)
{
	static const char *const names[] = {"client_secret", "refresh_token", "source_credentials.client_secret",
		"source_credentials.refresh_token"};
	if (strstr(err->message, private_key + KEY_BODY))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *secret = json_text(file, names[i]);
		if (secret && strstr(secret, CANARY) && strstr(err->message, secret) && occurs(file, secret) == 1)
			return false;
	}
	return true;
}

static void on_access(void *arg, const struct access *access, const struct error *err)
{
	struct fetch *fetch = arg;
	assert(!fetch->told++ && !access == !!err);
	if (err)
		assert(is_error(err) && keeps_secrets(fetch->file, err));
	else
		assert(secret_is_token(access->token) && access->life_ms > 0);
}

static bool holds_secret(const struct fake_call *call)
{
	if (strstr(call->body, CANARY))
		return true;
	for (size_t i = 0; i < HTTP_HEADERS_MAX && call->headers[i].name; i++)
		if (strstr(call->headers[i].value, CANARY))
			return true;
	return false;
}

/* What is secret goes to nobody whom the file does not name as its own. */
static void on_request(void *arg, const struct fake_call *call)
{
	const struct fetch *fetch = arg;
	const char *universe = json_text_or(fetch->file, "universe_domain", CREDENTIAL_UNIVERSE);
	const char *source = json_text_or(fetch->file, "source_credentials.universe_domain", universe);
	assert(address_is_web(call->url));
	if (holds_secret(call) && !strstr(call->url, CANARY))
		assert(address_is_trusted(call->url, universe) || address_is_trusted(call->url, source) ||
			json_has(fetch->file, "credential_source.headers"));
}

static void put_key(cJSON *tree)
{
	for (cJSON *each = tree->child; each; each = each->next) {
		if (cJSON_IsString(each) && text_equal(each->valuestring, "KEY"))
			cJSON_SetValuestring(each, arena_strdup(json_arena(), private_key));
		put_key(each);
	}
}

static struct credential *make(struct session *session, struct part kind, struct fetch *fetch, struct error *err)
{
	struct credential_io io = {&session->loop.loop, &session->env.env, &session->http.http};
	const char *word = part_text(kind);
	if (text_equal(word, "metadata"))
		return metadata_new(&io, NULL, err);
	if (text_equal(word, "token-file"))
		return token_file_new(&io, "/token", err);
	cJSON *file = part_json(kind);
	if (file)
		put_key(file);
	fetch->file = file;
	if (cJSON_IsObject(file))
		return credential_from_json(&io, file, CREDENTIAL_SCOPE, err);
	error_set(err, ERROR_REJECTED, "no object");
	return NULL;
}

void credential_session(struct input input)
{
	struct session session;
	struct fetch fetch = {0};
	struct error err = {0};
	struct part kind, file;
	input_part(&input, &kind);
	struct input rest = input;
	input_part(&rest, &file);
	session_open(&session, input, 0);
	session.programs = true;
	session.see = on_request;
	session.arg = &fetch;
	session.http.metadata_flavor = "Google";
	part_line(&file);
	fake_env_file(&session.env, "/token", part_text(file));
	fake_env_file(&session.env, "/subject", CANARY ".subject");
	fake_env_variable(&session.env, "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
	struct credential *credential = make(&session, kind, &fetch, &err);
	if (credential) {
		credential_fetch(credential, on_access, &fetch);
		session_run(&session);
	} else {
		assert(is_error(&err) && keeps_secrets(fetch.file, &err));
	}
	credential_free(credential);
	session_close(&session);
}
