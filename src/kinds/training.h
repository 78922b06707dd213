/* A TensorFlow cluster: pools with a role, whose machines have names that stay. They end in 0, 1, ..., are known before there is a
 * machine, and are those that internal DNS finds. Each machine reads the cluster, and the task of its group's first machine, from
 * its metadata, and makes TF_CONFIG of that and its name. */
#pragma once

#include "kinds/kind.h"

/* The key of that metadata. */
#define TRAINING_KEY "tf-config"
/* The key under which the user's startup script stands where ours runs it. */
#define TRAINING_SCRIPT_KEY "tflb-startup-script"

/* baseInstanceName of a pool with a role, out of the one that it would have without: nobody else's in the zone. */
char *training_base_name(const struct lb *lb, const struct identity *who, const struct lb_pool *pool, const char *base);
/* What the machines of a pool with a role read. */
char *training_config(const struct lb *lb, const struct identity *who, const struct lb_pool *pool);
/* Lines of a shell script, without indent, that set and export TF_CONFIG. */
const char *const *training_lines(void); /* up to NULL */
/* A startup script that exports TF_CONFIG and runs the user's. */
char *training_startup_script(void);

/* The size to send it towards the wanted one: without machines of other names first. */
int64_t training_aim_size(const struct node *group);
/* The call by which it comes nearer to size. */
struct kind_call training_call(const struct node *group, int64_t size);
