#include "gce/token.h"

#include <string.h>

#include "base/alloc.h"
#include "base/str.h"

enum { READ_AGAIN_MS = 30000, TOKEN_MAX = 16 * 1024 };

static void strip_end(struct str *text)
{
	while (text->length > 0 && strchr(" \t\r\n", text->own_text[text->length - 1]))
		text->own_text[--text->length] = '\0';
}

/* What a header may hold and a token does: printable ASCII without spaces. */
static bool is_token(const struct str *text)
{
	for (size_t i = 0; i < text->length; i++) {
		if (text->own_text[i] <= ' ' || text->own_text[i] > '~')
			return false;
	}
	return text->length > 0;
}

static void wipe(struct str *text)
{
	if (text->own_text)
		explicit_bzero(text->own_text, text->capacity);
	str_done(text);
}

static void set_header(struct token *token, const struct str *text)
{
	if (token->own_header)
		explicit_bzero(token->own_header, strlen(token->own_header));
	mem_free(token->own_header);
	token->own_header = mem_printf("Bearer %s", str_text(text));
	token->generation++;
}

static bool read_token(struct token *token, int64_t now_ms, struct error *err)
{
	struct str text = STR_INIT(TOKEN_MAX);
	token->read_ms = now_ms;
	bool good = env_read_file(token->env, token->own_path, &text, err);
	if (!good) {
		error_context(err, "access token");
	} else {
		strip_end(&text);
		good = is_token(&text);
		if (good)
			set_header(token, &text);
		else
			error_set(err, ERROR_REJECTED,
				"%s holds no access token; write the token alone into it, as printed by: %s",
				token->own_path, "gcloud auth print-access-token");
	}
	if (!good && err)
		err->class = ERROR_REJECTED;
	if (!good)
		error_reason(err, "PermissionDenied");
	wipe(&text);
	return good;
}

bool token_init(struct token *token, struct env *env, const char *path, int64_t now_ms, struct error *err)
{
	*token = (struct token){.env = env, .own_path = mem_strdup(path)};
	return !path || read_token(token, now_ms, err);
}

void token_done(struct token *token)
{
	if (token->own_header)
		explicit_bzero(token->own_header, strlen(token->own_header));
	mem_free(token->own_header);
	mem_free(token->own_path);
	*token = (struct token){0};
}

const char *token_header(struct token *token, int64_t now_ms)
{
	struct error ignored;
	if (token->own_path && now_ms - token->read_ms >= READ_AGAIN_MS)
		(void)read_token(token, now_ms, &ignored);
	return token->own_header;
}

bool token_refused(struct token *token, unsigned generation, int64_t now_ms, struct error *err)
{
	if (!token->own_path || generation != token->generation)
		return true;
	return read_token(token, now_ms, err);
}
