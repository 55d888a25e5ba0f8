/* cli_read.h: answers of the running daemon, as its commands read and print them. What is printed is foreign
 * text on somebody's terminal: one line, no control characters. */
#ifndef QUAYWATCH_CONTROLLER_CLI_READ_H
#define QUAYWATCH_CONTROLLER_CLI_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct call;
struct json_object;
struct options;

/* GET path as JSON, put by the caller; NULL when there is none (what is wrong is said on stderr). The HTTP
 * status, or a negative code, goes to *ret_status. */
struct json_object *read_json(const struct options *options, const char *path, int *ret_status);

/* The member key: its text ("" for null or nothing), object (or NULL), number (0), truth (false). */
const char *read_text(struct json_object *object, const char *key);
struct json_object *read_object(struct json_object *object, const char *key);
int64_t read_number(struct json_object *object, const char *key);
bool read_bool(struct json_object *object, const char *key);

/* The member key if it is a list, with its length; else NULL and 0. */
struct json_object *read_list(struct json_object *object, const char *key, size_t *ret_count);

/* Says on stderr that there is no such service, with the nearest name that there is; returns the exit code.
 */
int read_no_service(const struct options *options, const char *name);

/* Writes text to stdout, or to the file of --output; returns the exit code. */
int print_output(const struct call *call, const struct buf *text);

/* Says on stderr why the daemon refused (a problem document, put here) with this HTTP status, unless that was
 * said already; returns the exit code. */
int read_refusal(struct json_object *problem, int http);

/* The exit code for a service or a whole of this status. */
int read_exit_code(const char *status);

/* How long ago a time was: "3m", "2h", "5d"; "" when there is none. */
const char *read_age(struct json_object *object, const char *key, int64_t now_wall_ms, char ret[static 32]);

/* text as one printable line. */
enum { READ_LINE = 512 };
const char *read_clean(const char *text, char ret[static READ_LINE]);

/* The member key as one printable line. */
const char *read_line(struct json_object *object, const char *key, char ret[static READ_LINE]);

/* The member key, a time, to the second: "2026-11-21T10:30:00Z"; "" when there is none. */
const char *read_time(struct json_object *object, const char *key, char ret[static 32]);

/* Prints it as indented JSON. */
void print_json(struct json_object *root);

#endif
