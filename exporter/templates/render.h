/* render.h: one rendering under way. */
#ifndef QUAYWATCH_EXPORTER_TEMPLATES_RENDER_H
#define QUAYWATCH_EXPORTER_TEMPLATES_RENDER_H

#include "exporter/templates/scan.h"

struct render {
    const struct scanned *scanned;
    const struct template_wish *wish;
    struct arena *arena; /* of what is made on the way */
    struct writer writer;
    struct place place; /* after a failure: where in the template; line 0: nowhere */
};

/* Writes the piece, which is a text or a ${…}. Fails with a sentence, and render->place. */
int render_piece(struct render *render, const struct piece *piece, struct error *err);

#endif
