/* An access token in a file, which somebody else keeps fresh. */
#include "gce/credential.h"

#include <string.h>

#include "base/alloc.h"
#include "base/secret.h"

enum { TOKEN_MAX = 16 * 1024 };

struct token_file {
	struct credential base;
	char *own_path;
};

static void strip_end(struct str *text)
{
	while (text->length > 0 && strchr(" \t\r\n", text->own_text[text->length - 1]))
		text->own_text[--text->length] = '\0';
}

static bool read_token(struct env *env, const char *path, struct str *text, struct error *err)
{
	bool good = env_read_file(env, path, text, err);

	strip_end(text);
	if (!good)
		error_context(err, "access token");
	else if (!secret_is_token(str_text(text)))
		good = error_set(err, ERROR_REJECTED,
			"%s holds no access token; write the token alone into it, as printed by: %s", path,
			"gcloud auth print-access-token");
	if (!good && err)
		err->class = ERROR_REJECTED;
	if (!good)
		error_reason(err, "PermissionDenied");
	return good;
}

static void token_file_fetch(struct credential *credential)
{
	struct token_file *file = (struct token_file *)credential;
	AUTO_SECRET_STR text = STR_INIT(TOKEN_MAX);
	struct error err = {0};

	if (read_token(credential->io.env, file->own_path, &text, &err))
		credential_tell(credential, &(struct access){str_text(&text), INT64_MAX}, NULL);
	else
		credential_tell(credential, NULL, &err);
}

static void token_file_cancel(struct credential *credential)
{
}

static void token_file_free(struct credential *credential)
{
	mem_free(((struct token_file *)credential)->own_path);
	mem_free(credential);
}

static const struct credential_ops ops = {
	.type = "access_token_file", .fetch = token_file_fetch, .cancel = token_file_cancel, .free = token_file_free};

struct credential *token_file_new(const struct credential_io *io, const char *path, struct error *err)
{
	AUTO_SECRET_STR text = STR_INIT(TOKEN_MAX);

	if (!read_token(io->env, path, &text, err))
		return NULL;
	struct token_file *file = mem_alloc(sizeof(*file));
	credential_init(&file->base, &ops, io, mem_printf("the access token in %s", path));
	mem_free(TAKE(file->base.own_universe)); /* nobody says */
	file->base.local = true;
	file->base.advice = "Put a fresh one into the file.";
	file->own_path = mem_strdup(path);
	return &file->base;
}
