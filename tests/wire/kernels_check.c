/* Every kernel of every variant that this machine has against its plain definition, octet by octet or bit by bit.
 *
 *     kernels_check [SEED [ROUNDS]]
 *
 * Lengths and addresses are random, the short ones all taken. What a kernel may not read is on a page that cannot be
 * read where that is possible (octets end at a page's end, or begin at its begin), what it may not write is compared.
 * Built of the files of msapemu/wire alone (tests/wire/test_kernels_check.py): for this machine, and for others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "characters.h"
#include "kernels.h"
#include "superblock.h"

#define MOST 40960 /* octets of the largest run: a frame of STM-16, and some */
#define PAGE 65536 /* a multiple of every page size there is */

static uint64_t random_state;

static uint64_t chance(void)
{
    uint64_t z = random_state += 0x9E3779B97F4A7C15u; /* splitmix64 */
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static size_t below(size_t n)
{
    return (size_t)(chance() % n);
}

static void fill(uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)chance();
}

/* ---------------------------------------------------------------- octets with fences */

typedef struct {
    uint8_t *low, *high; /* octets from `low` on and up to `high` can be used; beyond is no memory */
} fenced;

static fenced make_fenced(void)
{
    uint8_t *p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || mprotect(p, PAGE, PROT_NONE) || mprotect(p + 2 * PAGE, PAGE, PROT_NONE)) {
        perror("mmap");
        exit(2);
    }
    return (fenced){p + PAGE, p + 2 * PAGE};
}

static fenced inputs, outputs;
static uint8_t image[PAGE]; /* what `outputs` shall be */
static const msapemu_kernel_table *k;
static unsigned failures;

/* n octets at the low or the high fence, or between. */
static uint8_t *place(fenced f, size_t n)
{
    size_t room = (size_t)(f.high - f.low) - n;
    switch (below(3)) {
    case 0:
        return f.low;
    case 1:
        return f.high - n;
    default:
        return f.low + below(room < 200 ? room + 1 : 200);
    }
}

static uint8_t *input(size_t n)
{
    uint8_t *p = place(inputs, n);
    fill(p, n);
    return p;
}

/* Where n octets go; all of `outputs` is filled with something, and `image` likewise. */
static uint8_t *output(size_t n)
{
    memset(outputs.low, 0xA5, PAGE);
    memset(image, 0xA5, PAGE);
    return place(outputs, n);
}

static uint8_t *imaged(const uint8_t *out)
{
    return image + (out - outputs.low);
}

static void check(int good, const char *kernel, size_t n)
{
    if (!good && failures++ < 20)
        printf("%s: %s is wrong at %zu\n", k->name, kernel, n);
}

static void check_image(const char *kernel, size_t n)
{
    check(!memcmp(outputs.low, image, PAGE), kernel, n);
}

/* ---------------------------------------------------------------- definitions, and what is held against them */

static unsigned bit_of(const uint8_t *octets, size_t bit)
{
    return octets[bit / 8] >> (7 - bit % 8) & 1;
}

static void check_octets(size_t n)
{
    uint8_t *in = input(n), *out, *image_of, sum = 0;
    static uint8_t other[MOST];
    for (size_t i = 0; i < n; i++)
        sum ^= in[i];
    check(k->bip8(in, n) == sum, "bip8", n);

    fill(other, n);
    out = output(n), image_of = imaged(out);
    for (size_t i = 0; i < n; i++)
        image_of[i] = in[i] ^ other[i];
    k->xor_octets(out, in, other, n);
    check_image("xor_octets", n);
    k->xor_octets(out, out, other, n);
    memcpy(image_of, in, n);
    check_image("xor_octets in place", n);

    unsigned turns = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned five = (unsigned)__builtin_popcount(in[i] & 31), high = in[i] >> 5;
        turns ^= five <= 1 || five >= 4 || (in[i] & 31) == 24;
        turns ^= high == 0 || high == 4 || high == 7;
    }
    check(k->turns(in, n) == turns, "turns", n);

    if (n < 2)
        return;
    for (unsigned shift = 1; shift < 8; shift++) {
        out = output(n - 1), image_of = imaged(out);
        for (size_t i = 0; i < n - 1; i++)
            image_of[i] = (uint8_t)(in[i] << shift | in[i + 1] >> (8 - shift));
        k->shift_bits(out, in + 1, n - 1, shift);
        check_image("shift_bits", n);
    }
}

static void check_rows64(size_t count)
{
    uint8_t *in = input(64 * count), *out = output(64), *image_of = imaged(out);
    memset(image_of, 0, 64);
    for (size_t i = 0; i < 64 * count; i++)
        image_of[i % 64] ^= in[i];
    k->xor_rows64(out, in, count);
    check_image("xor_rows64", count);
}

static void check_crc(size_t n)
{
    uint8_t *in = input(n);
    uint32_t lsb = (uint32_t)chance(), msb = lsb, crc = lsb;
    for (size_t i = 0; i < 8 * n; i++) {
        unsigned bit = in[i / 8] >> i % 8 & 1;
        lsb = (lsb ^ bit) & 1 ? lsb >> 1 ^ 0xEDB88320u : lsb >> 1;
        bit = bit_of(in, i);
        msb = (msb >> 31 ^ bit) & 1 ? msb << 1 ^ 0x04C11DB7u : msb << 1;
    }
    check(k->crc32(crc, in, n) == lsb, "crc32", n);
    check(k->crc32_msb(crc, in, n) == msb, "crc32_msb", n);
}

static void check_x43(size_t n)
{
    uint8_t *in = input(n), *out, *image_of;
    uint64_t before = chance(), s = before, state = before;
    out = output(n), image_of = imaged(out);
    memset(image_of, 0, n);
    for (size_t i = 0; i < 8 * n; i++) {
        unsigned bit = bit_of(in, i) ^ (s >> 42 & 1);
        s = s << 1 | bit;
        image_of[i / 8] |= (uint8_t)(bit << (7 - i % 8));
    }
    k->scramble43(&state, out, in, n);
    check_image("scramble43", n);
    check(state == s, "scramble43's state", n);

    s = state = before;
    out = output(n), image_of = imaged(out);
    memset(image_of, 0, n);
    for (size_t i = 0; i < 8 * n; i++) {
        unsigned bit = bit_of(in, i);
        image_of[i / 8] |= (uint8_t)((bit ^ (s >> 42 & 1)) << (7 - i % 8));
        s = s << 1 | bit;
    }
    k->descramble43(&state, out, in, n);
    check_image("descramble43", n);
    check(state == s, "descramble43's state", n);
}

static void check_frame(unsigned n)
{
    const size_t whole = 2430 * (size_t)n, row = 270 * (size_t)n, soh = 9 * (size_t)n;
    static uint8_t line[MOST];
    uint8_t b2[48] = {0}, got[48], b1 = 0, *in = input(whole), *out = output(whole), *image_of;
    for (size_t i = 0; i < whole; i++) {
        if (i >= 3 * row || i % row >= soh)
            b2[i % (3 * n)] ^= in[i];
        line[i] = i < soh ? in[i] : in[i] ^ msapemu_keystream[i - soh];
        b1 ^= line[i];
    }
    k->bip24n(got, in, n);
    check(!memcmp(got, b2, 3 * n), "bip24n", n);

    memcpy(out, in, whole);
    memcpy(imaged(out), line, whole);
    check(k->frame_send(got, out, n) == b1, "frame_send's B1", n);
    check_image("frame_send", n);
    check(!memcmp(got, b2, 3 * n), "frame_send's B2", n);

    out = output(whole), image_of = imaged(out);
    memcpy(image_of, in, whole);
    memcpy(in, line, whole);
    check(k->frame_receive(got, out, in, n) == b1, "frame_receive's B1", n);
    check_image("frame_receive", n);
    check(!memcmp(got, b2, 3 * n), "frame_receive's B2", n);
}

static void check_transpose(unsigned rows, unsigned columns)
{
    size_t in_apart = columns + below(3) * below(40), out_apart = rows + below(3) * below(40);
    uint8_t *in = input((rows - 1) * in_apart + columns), *out = output((columns - 1) * out_apart + rows);
    uint8_t *image_of = imaged(out);
    for (unsigned r = 0; r < rows; r++)
        for (unsigned c = 0; c < columns; c++)
            image_of[c * out_apart + r] = in[r * in_apart + c];
    k->transpose(out, out_apart, in, in_apart, rows, columns);
    check_image("transpose", rows * 1000 + columns);
}

/* Of one tile of 16 x 16 what is written may overlap, and the later row holds. */
static void check_transpose_overlapping(void)
{
    size_t in_apart = below(40), out_apart = below(17);
    uint8_t *in = input(15 * in_apart + 16), *out = output(15 * out_apart + 16), *image_of = imaged(out);
    for (unsigned c = 0; c < 16; c++)
        for (unsigned r = 0; r < 16; r++)
            image_of[c * out_apart + r] = in[r * in_apart + c];
    k->transpose(out, out_apart, in, in_apart, 16, 16);
    check_image("transpose overlapping", out_apart);
}

/* `of` of runs that are dealt, and of runs that are gathered: a permutation, part of one, or anything. */
static void check_rows(size_t count, unsigned size)
{
    uint8_t of[64], *in, *out, *image_of;
    unsigned kind = (unsigned)below(4);
    for (unsigned i = 0; i < 64; i++)
        of[i] = (uint8_t)(kind == 3 ? chance() : i);
    for (unsigned i = 62; kind && i; i--) {
        unsigned j = (unsigned)below(i + 1);
        uint8_t keep = of[i];
        of[i] = of[j], of[j] = keep;
    }
    if (kind == 2)
        for (unsigned i = 0; i < 64; i++)
            if (of[i] >= size)
                of[i] = 0xFF;
    in = input(size * count + 63), out = output(64 * count), image_of = imaged(out);
    for (size_t r = 0; r < count; r++)
        for (unsigned c = 0; c < 64; c++)
            image_of[64 * r + c] = of[c] < size ? in[r * size + of[c]] : 0;
    k->rows_deal(out, in, count, size, of);
    check_image("rows_deal", 1000 * size + count);

    for (unsigned i = 0; i < 64; i++)
        of[i] &= 63;
    in = input(64 * count), out = output(size * count + 63), image_of = imaged(out);
    for (size_t r = 0; r < count; r++)
        for (unsigned c = 0; c < size; c++)
            image_of[size * r + c] = in[64 * r + of[c]];
    k->rows_gather(out, in, count, size, of);
    memcpy(image_of + size * count, out + size * count, 63); /* may be anything */
    check_image("rows_gather", 1000 * size + count);
}

static void check_superblock(void)
{
    uint8_t *out = output(67), *image_of = imaged(out), of_blocks[8], expected[8], *in;
    uint64_t flags = 0;
    fill(image_of, 67);
    switch (below(4)) {
    case 0:
        flags = chance();
        break;
    case 1:
        flags = chance() & chance() & chance();
        break;
    case 2:
        flags = ~(uint64_t)0 << below(64);
    }
    for (int i = 0; i < 64; i++)
        if (flags >> (63 - i) & 1 && below(8))
            image_of[i] = msapemu_octet_of[below(14)];
    memcpy(out, image_of, 67);
    for (int b = 0; b < 8; b++) {
        uint8_t characters[8];
        unsigned of_block = (unsigned)(flags >> (56 - 8 * b)) & 255;
        memcpy(characters, image_of + 8 * b, 8);
        if (of_block)
            msapemu_block_code(image_of + 8 * b, characters, of_block);
        image_of[64] = (uint8_t)(image_of[64] << 1 | (of_block != 0));
    }
    k->superblock_code(out, flags);
    check_image("superblock_code", (size_t)flags);

    uint8_t sealed[67];
    memcpy(sealed, image_of, 65);
    in = input(67);
    if (below(2))
        memcpy(in, sealed, 67);
    else if (below(2))
        for (int i = 0; i < 64; i++)
            in[i] &= 0x7F;
    out = output(64), image_of = imaged(out);
    unsigned bad = 0, got;
    for (int b = 0; b < 8; b++) {
        expected[b] = 0;
        memcpy(image_of + 8 * b, in + 8 * b, 8);
        if (in[64] & 0x80 >> b) {
            expected[b] = (uint8_t)msapemu_block_read(image_of + 8 * b, in + 8 * b);
            if (!expected[b])
                bad |= 0x80u >> b;
        }
    }
    got = k->superblock_read(out, of_blocks, in);
    for (int b = 0; b < 8; b++) /* the characters of what is no block may be anything */
        if (bad & 0x80u >> b)
            memcpy(image_of + 8 * b, out + 8 * b, 8);
    check(got == bad && !memcmp(of_blocks, expected, 8), "superblock_read's flags", (size_t)flags);
    check_image("superblock_read", (size_t)flags);
}

static void check_seal(size_t count)
{
    uint8_t *out = output(67 * count), *image_of = imaged(out);
    fill(image_of, 67 * count);
    memcpy(out, image_of, 67 * count);
    for (size_t i = 0; i < count; i++) {
        uint8_t *one = image_of + 67 * i;
        unsigned crc = 0;
        for (size_t bit = 0; bit < 520; bit++) {
            unsigned top = (crc >> 15 ^ bit_of(one, bit)) & 1;
            crc = (crc << 1 ^ (top ? 0x941F : 0)) & 0xFFFF;
        }
        one[65] = (uint8_t)(crc >> 8);
        one[66] = (uint8_t)crc;
    }
    k->superblocks_seal(out, count);
    check_image("superblocks_seal", count);
    size_t bad = below(count + 1);
    if (bad < count)
        out[67 * bad + below(67)] ^= (uint8_t)(1u << below(8));
    check(k->superblocks_good(out, count) == bad, "superblocks_good", count);
}

int main(int count, char **arguments)
{
    static const unsigned sizes[] = {16, 32, 48, 64, 80, 112, 144, 160};
    random_state = count > 1 ? strtoull(arguments[1], NULL, 0) : 1;
    unsigned rounds = count > 2 ? (unsigned)strtoul(arguments[2], NULL, 0) : 20;
    printf("seed %llu, %u rounds\n", (unsigned long long)random_state, rounds);
    inputs = make_fenced();
    outputs = make_fenced();
    for (unsigned v = 0; (k = msapemu_kernels_variant(v)); v++) {
        for (size_t n = 0; n < 400; n++) {
            check_octets(n);
            check_crc(n);
            check_x43(n);
        }
        for (unsigned round = 0; round < rounds; round++) {
            check_octets(below(5000));
            check_crc(below(10000));
            check_x43(below(10000));
            check_rows64(below(150));
            check_frame(1);
            check_frame(4);
            check_frame(round % 8 ? 1 : 16);
            check_rows(below(150), 1 + (unsigned)below(63));
            check_rows(below(150), 63);
            check_seal(below(50));
            for (int i = 0; i < 20; i++)
                check_superblock();
            check_transpose(sizes[below(8)], sizes[below(8)]);
            check_transpose_overlapping();
        }
        check_transpose(64, 144);
        check_transpose(144, 64);
        printf("%s\n", k->name);
    }
    return failures != 0;
}
