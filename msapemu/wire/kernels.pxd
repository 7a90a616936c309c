# cython: language_level=3
"""The C kernels and tables (kernels.h) as Cython sees them."""
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

cdef extern from "wire/kernels.h" nogil:
    ctypedef struct KernelTable "msapemu_kernel_table":
        const char *name
        uint8_t (*bip8)(const uint8_t *octets, size_t n) noexcept nogil
        void (*xor_octets)(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n) noexcept nogil
        void (*xor_rows64)(uint8_t *out, const uint8_t *rows, size_t count) noexcept nogil
        void (*bip24n)(uint8_t *out, const uint8_t *frame, unsigned n) noexcept nogil
        uint8_t (*frame_send)(uint8_t *b2, uint8_t *frame, unsigned n) noexcept nogil
        uint8_t (*frame_receive)(uint8_t *b2, uint8_t *out, const uint8_t *line, unsigned n) noexcept nogil
        void (*scramble43)(uint64_t *state, uint8_t *out, const uint8_t *octets, size_t n) noexcept nogil
        void (*descramble43)(uint64_t *state, uint8_t *out, const uint8_t *octets, size_t n) noexcept nogil
        void (*shift_bits)(uint8_t *out, const uint8_t *octets, size_t n, unsigned shift) noexcept nogil
        void (*transpose)(uint8_t *out, size_t out_apart, const uint8_t *octets, size_t apart, unsigned rows,
                          unsigned columns) noexcept nogil
        void (*copy_rows)(uint8_t *out, size_t out_apart, const uint8_t *octets, size_t apart, size_t n,
                          size_t rows) noexcept nogil
        void (*rows_deal)(uint8_t *rows, const uint8_t *octets, size_t count, unsigned size,
                          const uint8_t *of) noexcept nogil
        void (*rows_gather)(uint8_t *octets, const uint8_t *rows, size_t count, unsigned size,
                            const uint8_t *of) noexcept nogil
        uint32_t (*crc32)(uint32_t crc, const uint8_t *octets, size_t n) noexcept nogil
        uint32_t (*crc32_msb)(uint32_t crc, const uint8_t *octets, size_t n) noexcept nogil
        unsigned (*turns)(const uint8_t *octets, size_t n) noexcept nogil
        void (*superblock_code)(uint8_t *superblock, uint64_t flags) noexcept nogil
        unsigned (*superblock_read)(uint8_t *characters, uint8_t *of_blocks, const uint8_t *superblock) noexcept nogil
        void (*superblocks_seal)(uint8_t *superblocks, size_t count) noexcept nogil
        size_t (*superblocks_good)(const uint8_t *superblocks, size_t count) noexcept nogil
    void copy_octets "msapemu_copy"(uint8_t *out, const uint8_t *octets, size_t n) noexcept
    const KernelTable *kernels "msapemu_kernels"
    const KernelTable *kernels_variant "msapemu_kernels_variant"(unsigned i) noexcept
    int kernels_select "msapemu_kernels_select"(const char *name) noexcept
    uint32_t crc32_msb "msapemu_crc32_msb"(uint32_t crc, const uint8_t *octets, size_t n) noexcept
    uint16_t hec16 "msapemu_hec16"(uint16_t word) noexcept
    int hec16_bit "msapemu_hec16_bit"(uint16_t syndrome) noexcept
    const uint8_t *KEYSTREAM "msapemu_keystream"
