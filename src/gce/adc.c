#include "gce/adc.h"

#include "base/secret.h"

enum { FILE_MAX_BYTES = 256 * 1024, DEPTH_MAX = 12 };

static const char VARIABLE[] = "GOOGLE_APPLICATION_CREDENTIALS";
static const char WELL_KNOWN[] = "application_default_credentials.json";

/* A credentials file: what it says is another credential, made anew when the text changes. */
struct file {
	struct credential base;
	char *own_path;
	uint64_t hash; /* of the text */
	struct credential *own_inner;
	struct error unread; /* why it was no good at this fetch; class NONE: it was */
};

/* --- reading --- */

/* What a message may hold of JSON that is none is nothing. */
static struct credential *parse(const struct credential_io *io, const struct str *text, struct error *err)
{
	JSON_WORK(work);
	struct json_limits limits = {.bytes = FILE_MAX_BYTES, .depth = DEPTH_MAX};
	const cJSON *info = json_parse(str_text(text), text->length, limits, NULL);

	if (cJSON_IsObject(info))
		return credential_from_json(io, info, CREDENTIAL_SCOPE, err);
	error_set(err, ERROR_REJECTED, "it is no JSON object");
	return NULL;
}

static struct credential *read_inner(struct file *file, struct error *err)
{
	AUTO_SECRET_STR text = STR_INIT(FILE_MAX_BYTES);

	if (!env_read_file(file->base.io.env, file->own_path, &text, err))
		return NULL;
	uint64_t hash = hash_bytes(str_text(&text), text.length);
	if (file->own_inner && hash == file->hash)
		return file->own_inner;
	struct credential *inner = parse(&file->base.io, &text, err);
	if (inner)
		file->hash = hash;
	else
		error_context(err, "%s", file->own_path);
	return inner;
}

static void take_inner(struct file *file, struct credential *inner)
{
	struct credential *base = &file->base;

	if (inner == file->own_inner)
		return;
	credential_free(file->own_inner);
	file->own_inner = inner;
	mem_free(base->own_subject);
	mem_free(base->own_universe);
	mem_free(base->own_quota_project);
	mem_free(base->own_project);
	base->own_subject = mem_printf("%s, from %s", inner->own_subject, file->own_path);
	base->own_universe = mem_strdup(inner->own_universe);
	base->own_quota_project = mem_strdup(inner->own_quota_project);
	base->own_project = mem_strdup(inner->own_project);
	base->advice = inner->advice;
	base->local = inner->local;
	base->type = inner->type;
}

/* --- the credential --- */

/* The fault may be that what the file says now could not be taken. */
static void on_access(void *arg, const struct access *access, const struct error *err)
{
	struct file *file = arg;
	struct error both;

	if (err && file->unread.class != ERROR_NONE) {
		both = *err;
		error_context(&both, "%.300s; with what it said before", file->unread.message);
		err = &both;
	}
	credential_tell(&file->base, access, err);
}

static void file_fetch(struct credential *credential)
{
	struct file *file = (struct file *)credential;
	struct credential *inner;

	file->unread = (struct error){0};
	inner = read_inner(file, &file->unread);
	if (inner)
		take_inner(file, inner);
	credential_fetch(file->own_inner, on_access, credential);
}

static void file_cancel(struct credential *credential)
{
	credential_cancel(((struct file *)credential)->own_inner);
}

static void file_free(struct credential *credential)
{
	struct file *file = (struct file *)credential;

	credential_free(file->own_inner);
	mem_free(file->own_path);
	mem_free(file);
}

static const struct credential_ops ops = {
	.type = "credentials_file", .fetch = file_fetch, .cancel = file_cancel, .free = file_free};

static struct credential *file_new(const struct credential_io *io, const char *path, struct error *err)
{
	struct file *file = mem_alloc(sizeof(*file));

	credential_init(&file->base, &ops, io, NULL);
	file->own_path = mem_strdup(path);
	struct credential *inner = read_inner(file, err);
	if (inner) {
		take_inner(file, inner);
		return &file->base;
	}
	credential_free(&file->base);
	return NULL;
}

/* --- the order --- */

static char *well_known_path(struct env *env)
{
	const char *folder = env_variable(env, "CLOUDSDK_CONFIG"), *home = env_variable(env, "HOME");

	if (folder)
		return mem_printf("%s/%s", folder, WELL_KNOWN);
	return home ? mem_printf("%s/.config/gcloud/%s", home, WELL_KNOWN) : NULL;
}

static bool is_there(struct env *env, const char *path)
{
	AUTO_SECRET_STR text = STR_INIT(FILE_MAX_BYTES);
	struct error err = {0};

	return env_read_file(env, path, &text, &err) || !text_equal(err.code, "NotFound");
}

static struct credential *reject(struct credential *found, const char *what, struct error *err)
{
	if (found)
		return found;
	error_context(err, "%s", what);
	error_reason(err, "PermissionDenied");
	if (err)
		err->class = ERROR_REJECTED;
	return NULL;
}

/* May the metadata server be asked? */
static bool asks_metadata(struct env *env, bool named_only)
{
	if (metadata_host(env))
		return true;
	return !named_only && !text_equal(env_variable(env, "NO_GCE_CHECK"), "true");
}

struct credential *adc_find(const struct credential_io *io, bool named_only, const char *universe, struct error *err)
{
	const char *named = env_variable(io->env, VARIABLE);
	AUTO_FREE char *path = named_only ? NULL : well_known_path(io->env);

	if (named)
		return reject(file_new(io, named, err), VARIABLE, err);
	if (path && is_there(io->env, path))
		return reject(file_new(io, path, err), "gcloud's credentials", err);
	if (asks_metadata(io->env, named_only))
		return metadata_new(io, universe, err);
	error_set(err, ERROR_REJECTED, "no credentials: set %s to a credentials file%s%s", VARIABLE,
		path ? ", or log in with gcloud auth application-default login, which writes " : "", path ? path : "");
	error_code(err, "NotFound");
	error_reason(err, "PermissionDenied");
	return NULL;
}
