/* The kernels for x86-64 with AVX-512 F, BW, VL, DQ (setup.py gives this file its flags). */
#define VARIANT(name) avx512_##name
#include "kernels_body.h"

extern uint32_t msapemu_crc32_clmul(uint32_t crc, const uint8_t *in, size_t n);

const msapemu_kernel_table msapemu_kernels_avx512 = KERNEL_TABLE(
    "avx512", msapemu_crc32_clmul, msapemu_superblock_code_avx2, msapemu_superblock_read_avx2,
    msapemu_superblocks_seal_clmul, msapemu_superblocks_good_clmul);
