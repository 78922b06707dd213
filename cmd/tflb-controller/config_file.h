/* The file of --config: the settings of the command line as a Kubernetes component writes them, in YAML:
 *
 *     apiVersion: config.tflb.dev/v1alpha1
 *     kind: ControllerConfiguration
 *     driftInterval: 30s
 *     leaderElection:
 *       leaderElect: true
 */
#pragma once

#include "flags.h"
#include "net/env.h"

/* Reads flags->config into flags; what the command line said stays. err names the file, the line and the key; of an unknown key it
 * says which known one is nearest. */
bool config_file_read(struct flags *flags, struct env *env, struct error *err);
