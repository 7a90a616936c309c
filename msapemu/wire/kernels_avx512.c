/* The kernels for x86-64 with AVX-512 as of Ice Lake and Zen 4 (setup.py gives this file its flags). */
#define VARIANT(name) avx512_##name
#include "kernels_body.h"
#include "kernels_x86.h"

const msapemu_kernel_table msapemu_kernels_avx512 = {
    .name = "avx512", PLAIN_OCTETS,
    .bip24n = msapemu_bip24n_512, .frame_send = msapemu_frame_send_512, .frame_receive = msapemu_frame_receive_512,
    .scramble43 = msapemu_scramble43_512, .descramble43 = msapemu_descramble43_512,
    .shift_bits = msapemu_shift_bits_512, .turns = msapemu_turns_512,
    .transpose = msapemu_transpose_512,
    .copy_rows = msapemu_copy_rows_512, .rows_deal = msapemu_rows_deal_512, .rows_gather = msapemu_rows_gather_512,
    .crc32 = msapemu_crc32_512, .crc32_msb = msapemu_crc32_msb_512, BLOCKS_512, SEALS_512,
};
