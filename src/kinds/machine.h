/* Parts of an instance template's properties, one file each: what goes into them, out of a pool's template. tree is
 * model_template_tree of it: what Compute Engine names alike is taken from there as it stands. */
#pragma once

#include "base/json.h"
#include "model/lb.h"

/* The member of that name as it stands; nothing when it is absent. */
void machine_take(cJSON *to, const cJSON *from, const char *name);
/* A whole number that travels as text. */
void machine_take_int64(cJSON *to, const cJSON *from, const char *name);

/* machine_disks.c, machine_interfaces.c */
void machine_set_disks(cJSON *properties, const struct lb *lb, const struct lb_pool *pool, const cJSON *tree);
void machine_set_interfaces(cJSON *properties, const struct lb *lb, const struct lb_pool *pool, const cJSON *tree);
/* machine_container.c: the text of metadata user-data; only with a container. */
char *machine_user_data(const struct lb_spec *spec, const struct lb_pool *pool);
/* machine_change.c: what a machine that exists goes through to become what another template says; ordered, the words of
 * updatePolicy. */
enum machine_change { MACHINE_NONE, MACHINE_REFRESH, MACHINE_RESTART, MACHINE_REPLACE };
const char *machine_change_word(enum machine_change change);
enum machine_change machine_change_of(const char *word); /* NULL and what is no word: REPLACE */
/* The note of a template's mark, from its properties, images pinned, and its revision (NULL: none). */
cJSON *machine_change_note(const cJSON *properties, const char *revision);
/* Between the templates of two marks, descriptions both. What tells nothing (NULL, an older mark) counts as REPLACE. */
enum machine_change machine_change_between(const char *from, const char *to);
/* Between two {"metadata": {}, "labels": {}} of all machines of a group, over their templates; NULL: none. */
enum machine_change machine_change_of_config(const cJSON *from, const cJSON *to);
/* machine_options.c: GPUs, scheduling, security, reservations. */
void machine_set_options(cJSON *properties, const struct lb_template *template, const cJSON *tree);
