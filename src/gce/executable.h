/* A program whose output is a subject token: "executable-sourced credentials". It runs only where the variable
 * GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES is 1: whoever writes the credentials file would else run what he likes. */
#pragma once

#include "gce/subject.h"

struct executable;

struct executable *executable_new(
	const struct credential_io *io, const cJSON *source, const struct subject_facts *facts, struct error *err);
void executable_free(struct executable *executable);
/* As subject_fetch. */
void executable_fetch(struct executable *executable, subject_fn fn, void *arg);
void executable_cancel(struct executable *executable);
