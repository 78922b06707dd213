/* What instance templates said. Machines outlive the template that they were made of, so it stays known for ever. */
#pragma once

#include "base/json.h"
#include "base/map.h"

struct emulator;

/* What is asked of every machine again and again is kept ready. */
struct emu_template {
	char *own_properties;   /* JSON text */
	char *own_machine_type; /* "" when it has none */
	char *own_network;      /* URL of the first interface's network, NULL: none */
	char *own_account;      /* e-mail of the service account, NULL: none */
	struct vec tags;        /* own texts */
	char *own_card;         /* type of attached GPUs, NULL: none */
	int cards;
	bool spot;
};

/* Remembers a template; path is in the form that groups use. */
void emu_template_remember(struct emulator *emulator, const char *path, const cJSON *properties);
const struct emu_template *emu_template_find(
	const struct emulator *emulator, const char *path);                        /* NULL: never heard of */
cJSON *emu_template_properties(const struct emulator *emulator, const char *path); /* parsed, or NULL */
void emu_templates_done(struct map *templates);
