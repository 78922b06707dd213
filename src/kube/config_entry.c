/* What all entries of a kubeconfig have in common: texts, flags, files beside it, and PEM texts within it. */
#include <stdio.h>
#include <string.h>

#include "kube/kubeconfig.h"

const char *config_text(const cJSON *body, const char *name)
{
	const cJSON *value = json_member(body, name);
	return cJSON_IsString(value) && *value->valuestring ? value->valuestring : NULL;
}

bool config_flag(struct reading *reading, const struct entry *entry, const char *name, bool *value)
{
	const char *text = config_text(entry->body, name);
	if (text && !text_equal(text, "true") && !text_equal(text, "false"))
		return refuse(reading, entry, "has %s \"%s\"; it must be true or false", name, text);
	*value = text_equal(text, "true");
	return true;
}

char *config_path(const struct entry *entry, const char *path)
{
	const char *slash = strrchr(entry->path, '/');
	if (*path == '/' || !slash)
		return mem_strdup(path);
	return mem_printf("%.*s/%s", (int)(slash - entry->path), entry->path, path);
}

char *config_file(struct reading *reading, const struct entry *entry, const char *name)
{
	AUTO_FREE char *path = config_path(entry, config_text(entry->body, name));
	AUTO_STR struct str content = STR_INIT(CONFIG_FILE_MAX);
	bool readable = env_read_file(reading->env, path, &content, reading->err);
	bool empty = content.length == 0;
	config_wipe(&content);
	if (!readable) {
		error_context(reading->err, "%s \"%s\", %s", entry->what, entry->name, name);
		error_code(reading->err, "");
		return NULL;
	}
	if (!empty)
		return TAKE(path);
	refuse(reading, entry, "names the %s %s, which is empty", name, path);
	return NULL;
}

static void without_white_space(struct str *to, const char *text)
{
	for (; *text; text++)
		if (!strchr(" \t\r\n", *text))
			str_add(to, text, 1);
}

/* Inline base64, line breaks allowed. NULL and err when malformed. */
static char *data_of(struct reading *reading, const struct entry *entry, const char *name)
{
	AUTO_STR struct str packed = STR_INIT(CONFIG_FILE_MAX);
	AUTO_STR struct str content = STR_INIT(CONFIG_FILE_MAX);
	without_white_space(&packed, config_text(entry->body, name));
	if (str_decode_base64(&content, str_text(&packed), packed.length) && strstr(str_text(&content), "-----BEGIN "))
		return str_take(&content);
	refuse(reading, entry, "has %s that is not base64 of a PEM text", name);
	return NULL;
}

bool config_pem(
	struct reading *reading, const struct entry *entry, const char *name, const char **file, const char **pem)
{
	char data[64];
	snprintf(data, sizeof(data), "%s-data", name);
	char *own_text;
	if (config_text(entry->body, data)) {
		own_text = data_of(reading, entry, data);
		*pem = own_text ? config_keep(reading->config, own_text) : NULL;
		return own_text != NULL;
	}
	if (!config_text(entry->body, name))
		return true;
	own_text = config_file(reading, entry, name);
	*file = own_text ? config_keep(reading->config, own_text) : NULL;
	return own_text != NULL;
}
