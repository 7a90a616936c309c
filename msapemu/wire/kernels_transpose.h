/* Rows as columns, by tiles of 16 x 16; included by kernels_body.h. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define TILE_OF_VECTORS
#endif
#endif

#ifdef TILE_OF_VECTORS
typedef uint8_t VARIANT(octets16) __attribute__((vector_size(16)));

/* Four rounds of interleaving row i with row i + 8 turn 16 rows into 16 columns. */
static inline void VARIANT(tile16)(uint8_t *out, size_t out_apart, const uint8_t *in, size_t in_apart)
{
    VARIANT(octets16) a[16], b[16];
    for (int i = 0; i < 16; i++)
        memcpy(&a[i], in + i * in_apart, 16);
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 8; i++) {
            b[2 * i] = __builtin_shufflevector(a[i], a[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            b[2 * i + 1] =
                __builtin_shufflevector(a[i], a[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
        memcpy(a, b, sizeof a);
    }
    for (int i = 0; i < 16; i++)
        memcpy(out + i * out_apart, &a[i], 16);
}
#else
static inline void VARIANT(tile16)(uint8_t *out, size_t out_apart, const uint8_t *in, size_t in_apart)
{
    /* row by row of what is written, as above: rows may overlap, and the later one holds */
    for (int j = 0; j < 16; j++)
        for (int i = 0; i < 16; i++)
            out[j * out_apart + i] = in[i * in_apart + j];
}
#endif

static inline void VARIANT(transpose)(uint8_t *out, size_t out_apart, const uint8_t *in, size_t in_apart, unsigned rows,
                               unsigned columns)
{
    for (unsigned r = 0; r < rows; r += 16)
        for (unsigned c = 0; c < columns; c += 16)
            VARIANT(tile16)(out + c * out_apart + r, out_apart, in + r * in_apart + c, in_apart);
}
