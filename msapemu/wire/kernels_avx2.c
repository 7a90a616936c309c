/* The kernels for x86-64 with AVX2, BMI2 and PCLMULQDQ (setup.py gives this file its flags). */
#define VARIANT(name) avx2_##name
#include "kernels_body.h"
#include "kernels_x86.h"

const msapemu_kernel_table msapemu_kernels_avx2 = {
    .name = "avx2", PLAIN_OCTETS, PLAIN_FRAMES, PLAIN_X43, PLAIN_BITS, PLAIN_TRANSPOSE, PLAIN_ROWS,
    .crc32 = msapemu_crc32_clmul, .crc32_msb = msapemu_crc32_msb_clmul, SUPERBLOCKS_AVX2,
};
