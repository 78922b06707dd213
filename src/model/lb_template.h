/* One machine, as the rest of the program sees spec.template; and the lists and maps that all of the spec is made of. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts, lists and maps: NULL or count 0 when absent. Numbers and booleans with a default always hold it; the others hold
 * LB_ABSENT when absent. `present` has one bit per field of the struct's type, in the order of the table, set when the
 * user's object had the member. */
#define LB_ABSENT INT64_MIN

struct lb_texts {
	char **items;
	size_t count;
};
struct lb_pair {
	char *key, *value;
};
struct lb_map {
	struct lb_pair *items;
	size_t count;
};

struct lb_disk {
	uint64_t present;
	int64_t disk_size_gb; /* GB, LB_ABSENT: the image's */
	char *disk_type;
	bool auto_delete;
};

struct lb_template {
	uint64_t present;
	char *machine_type, *image;
	struct lb_disk disk;
	char *network, *subnetwork;
	bool external_ip;
	char *service_account;
	struct lb_texts scopes;
	char *startup_script;
	struct lb_map metadata, labels;
	struct lb_texts tags;
};
