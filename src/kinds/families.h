/* Image families, and which image machines are made of. The image that a family was found to stand for is remembered in the mark of
 * each template that was made of it, {"pins":{KEY:NAME}}, where KEY is a digest of family and template.revision: so all templates
 * of an object have the same image until one of both is another. When the templates are lost, or not read yet, status.images
 * still tells it. */
#pragma once

#include "kinds/kind.h"

/* How often a family is looked at again, ms. */
enum { FAMILY_AGE_MS = 3600000 };

/* A family that machines are made of. Memory of the arena. */
struct family {
	const char *source;   /* path, "projects/P/global/images/family/F" */
	const char *revision; /* "": none */
	bool latest;          /* newer images are rolled out */
	const char *image;    /* path of the image that machines are, or will be, made of; NULL: it was not found yet */
	const char *newest;   /* path of what it stands for as last read; NULL: not read since the start */
};
struct families {
	struct family *items;
	size_t count;
};
/* Those of all pools and canaries, each with its revision once. */
struct families families_of(const struct kind_context *context);

/* For kinds: the same of a template's disks, in their order, whoever else has them too. */
struct families families_of_template(const struct kind_context *context, const struct lb_pool *pool);
/* Does the path name a family? */
bool is_family(const char *path);
/* Remembers in the note of a template's mark what a family was found to stand for, as long as there is room for it. */
void family_pin(cJSON *note, const char *source, const char *revision, const char *image);
/* Path of the image that a family was found to stand for, which nothing was made of yet; NULL: it is looked up still. */
char *family_found(const struct nodes *nodes, const char *source);
