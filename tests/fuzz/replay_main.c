/* SPDX-License-Identifier: MIT */
/* Gives every file named on the command line, and an empty input, to a fuzz target: its corpus as an ordinary
 * test. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 16 * 1024 * 1024 };

int main(int argc, char **argv)
{
    uint8_t *data = calloc(1, INPUT_MAX);
    if (!data)
        return 1;
    LLVMFuzzerTestOneInput(data, 0);
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) {
            perror(argv[i]);
            free(data);
            return 1;
        }
        size_t size = fread(data, 1, INPUT_MAX, file);
        fclose(file);
        /* Named before it runs, so that the log of a crash ends with the culprit. */
        printf("%s: %zu bytes\n", argv[i], size);
        fflush(stdout);
        LLVMFuzzerTestOneInput(data, size);
    }
    printf("%d inputs, one of them empty\n", argc);
    free(data);
    return 0;
}
