/* The bearer token. A token file is written anew by others while we run: it is read again every minute, and once after
 * each 401. A file that can't be read for a moment leaves the old token in use. */
#include <string.h>

#include "kube/client.h"

enum { TOKEN_AGE_MS = 60 * 1000, TOKEN_MAX = 64 * 1024 };

static bool bearer_valid(const char *token)
{
	if (!*token)
		return false;
	for (; *token; token++)
		if (*token <= ' ' || *token > '~')
			return false;
	return true;
}

static void bearer_set(struct bearer *token, const char *text)
{
	if (text_equal(token->own_text, text))
		return;
	bearer_done(token);
	token->own_text = mem_strdup(text);
	token->version++;
}

static bool bearer_read(struct kube *kube, struct error *err)
{
	const char *path = kube->config->own_token_file;
	AUTO_STR struct str content = STR_INIT(TOKEN_MAX);
	if (!env_read_file(kube->env, path, &content, err))
		return error_context(err, "token file");
	while (content.length && strchr(" \t\r\n", content.own_text[content.length - 1]))
		content.own_text[--content.length] = '\0';
	bool valid = bearer_valid(str_text(&content));
	if (valid)
		bearer_set(&kube->token, str_text(&content));
	if (content.own_text)
		explicit_bzero(content.own_text, content.capacity);
	if (!valid)
		return error_set(err, ERROR_TRANSIENT, "token file %s holds no token", path);
	kube->token.read_at = loop_now(kube->loop);
	return true;
}

bool bearer_current(struct kube *kube, const char **token, struct error *err)
{
	struct bearer *kept = &kube->token;
	if (!kube->config->own_token_file) {
		*token = kube->config->own_token;
		return true;
	}
	bool fresh = kept->own_text && loop_now(kube->loop) - kept->read_at < TOKEN_AGE_MS;
	if (!fresh && !bearer_read(kube, kept->own_text ? NULL : err) && !kept->own_text)
		return false;
	*token = kept->own_text;
	return true;
}

bool bearer_renewed(struct kube *kube, unsigned version)
{
	if (!kube->config->own_token_file)
		return false;
	if (kube->token.version == version)
		bearer_read(kube, NULL);
	return kube->token.version != version;
}

void bearer_done(struct bearer *token)
{
	if (token->own_text)
		explicit_bzero(token->own_text, strlen(token->own_text));
	mem_free(TAKE(token->own_text));
}
