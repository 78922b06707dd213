/* The table of types: the one description of the API. From it come the parser with its defaults (parse.h), the schema of the
 * CustomResourceDefinition (schema.h) and the inputs of a template's hash.
 *
 * A type of kind OBJECT describes one C struct: each field says where its value stands. Every such struct begins with
 * `uint64_t present`, one bit per field in the order of the table. By kind, a field's C type is:
 *   OBJECT   the struct itself     LIST     struct { ITEM *items; size_t count; }, ITEM as the item's kind says
 *   STRING   char *                MAP      struct lb_map
 *   INTEGER  int64_t               BOOLEAN  bool
 *   NUMBER   char *, the number as text: written as an integer, or as a decimal in quotes
 * Types of the status have no struct: they only go into the schema. A union is an object with a rule that says how many of
 * its members may be set. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/lb.h"
#include "model/patterns.h"

enum type_kind { TYPE_OBJECT, TYPE_LIST, TYPE_MAP, TYPE_STRING, TYPE_INTEGER, TYPE_BOOLEAN, TYPE_NUMBER };

enum list_form {
	LIST_SET,    /* unique scalars; their order means nothing */
	LIST_KEYED,  /* objects, unique by their keys */
	LIST_ATOMIC, /* anything, in its order */
};

/* What changing a field costs; becomes the last sentence of its description. */
enum change {
	CHANGE_UNSAID,       /* says nothing: objects, whose members say it, and the status */
	CHANGE_PLACE,        /* patched */
	CHANGE_ROLL,         /* machines are replaced */
	CHANGE_GROUP,        /* a new group of machines first */
	CHANGE_FRONT,        /* a new forwarding rule first */
	CHANGE_HEALTH_CHECK, /* a new health check first */
	CHANGE_CERTIFICATE,  /* a new certificate first */
	CHANGE_NEVER,        /* a rule refuses it */
	CHANGE_OURS,         /* no cloud call */
};

struct rule;

struct type {
	enum type_kind kind;
	int64_t least, most; /* INTEGER, NUMBER: bounds. STRING: characters. LIST: items. MAP: members (least unused) */
	const struct pattern *pattern; /* STRING: form, NULL: any. NUMBER: form of the decimal */
	const char *const *words;      /* STRING: the values allowed, up to NULL; NULL: any */
	const char *format;            /* STRING: "date-time", which only the schema checks; NULL: none */
	enum list_form form;           /* LIST */
	const char
		*keys[3]; /* LIST_KEYED: members that together are unique, up to NULL; the parser looks at the first */
	const struct type *item;    /* LIST, MAP (whose items are STRING) */
	const char *item_text;      /* LIST, MAP: description of one item */
	const struct field *fields; /* OBJECT */
	size_t field_count;
	size_t size;              /* OBJECT: of the C struct; 0: the schema only */
	const struct rule *rules; /* up to a row without cel; NULL: none */
};

struct field {
	const char *name;
	const struct type *type;
	size_t offset;
	const char *fallback; /* the schema's default as JSON text, a string without its quotes; NULL: none */
	const char *unit;     /* INTEGER: "seconds"; NULL: a plain number */
	const char *text;     /* documentation: meaning, and what "unset" means where there is no default */
	enum change change;
	bool required;
	bool rare;   /* left out below a field that offers the common members only */
	bool common; /* of an OBJECT: its rare members are not offered here, which keeps the schema small */
	/* Path of what it overrides ("spec.template"): the same type without defaults and requirements, down to the lists, which
	 * replace. NULL: no override. */
	const char *over;
	/* Path of the field whose description holds for this leaf, or for all that is below this object, too. "": from here on their
	 * own hold again, which are not found there. NULL: as above it. */
	const char *as;
};

extern const struct type spec_type, template_type, canary_type, status_type;

/* For the tables: INTEGER(1, 65535), TEXT(1, 63, .pattern = &pattern_label), {.kind = TYPE_OBJECT, FIELDS(fields), ...}. */
#define INTEGER(from, to)                                                                                              \
	{                                                                                                              \
		.kind = TYPE_INTEGER, .least = (from), .most = (to)                                                    \
	}
#define TEXT(from, to, ...)                                                                                            \
	{                                                                                                              \
		.kind = TYPE_STRING, .least = (from), .most = (to), __VA_ARGS__                                        \
	}
/* Offset of a field, which must have the C type that the table's kind asks for. */
#define AT(c_type, owner, field)                                                                                       \
	offsetof(owner, field) +                                                                                       \
		0 * sizeof(char[__builtin_types_compatible_p(c_type, __typeof__(((owner *)0)->field)) ? 1 : -1])
#define FIELDS(array) .fields = (array), .field_count = sizeof(array) / sizeof *(array)
