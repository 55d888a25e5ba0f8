/* scan.h: a template as the pieces it is made of. */
#ifndef QUAYWATCH_EXPORTER_TEMPLATES_SCAN_H
#define QUAYWATCH_EXPORTER_TEMPLATES_SCAN_H

#include "exporter/templates/declaration.h"
#include "exporter/templates/writer.h"

enum piece_kind {
    PIECE_TEXT,  /* stands as it is */
    PIECE_VALUE, /* ${…} */
    PIECE_SHOW,  /* <%= … %>: a Lua expression */
    PIECE_RAW,   /* <%- … %>: the same, not escaped */
    PIECE_CODE   /* <% … %>: Lua statements */
};

struct pieces {
    struct piece *item;
    size_t count;
};

/* ${…}: a variable's value or a service's. */
struct reference {
    const char *shown;                 /* as it is written, on one line, for errors */
    const char *variable;              /* NULL: of a service */
    const char *service, *field, *key; /* key: NULL for most */
    bool has_default;
    struct pieces standard; /* texts and values */
};

struct piece {
    enum piece_kind kind;
    struct place place;
    const char *text; /* the text, or the Lua code; of the source */
    size_t len;
    struct reference *reference; /* of PIECE_VALUE */
};

/* What was read from one source; all lives in the arena. */
struct scanned {
    struct pieces pieces;
    struct declarations declarations;
    bool has_lua;
};

/* Cuts the source (which must live as long, and end with a NUL) into pieces. A tag other than <%= and <%-
 * that stands alone on its line takes the line with it. Fails with a sentence; *ret_place is where. */
int scan(const char *source, size_t len, struct arena *arena, struct scanned *ret, struct place *ret_place,
         struct error *err);

#endif
