/* Bodies of the kernels, compiled once per instruction set: VARIANT(name) gives each function its own name.
 * Plain C on purpose: the compiler vectorises it for the set of the file that includes this one. */
#include <string.h>

#include "kernels.h"
#include "superblock.h"

#include "kernels_frame.h"
#include "kernels_rows.h"
#include "kernels_transpose.h"
#include "kernels_x43.h"
#include "kernels_bits.h"

/* The bodies as entries of a table; a variant leaves out the lines that it has something better for. */
#define PLAIN_OCTETS .bip8 = VARIANT(bip8), .xor_octets = VARIANT(xor_octets), .xor_rows64 = VARIANT(xor_rows64)
#define PLAIN_FRAMES .bip24n = VARIANT(bip24n), .frame_send = VARIANT(frame_send), .frame_receive = VARIANT(frame_receive)
#define PLAIN_X43 .scramble43 = VARIANT(scramble43), .descramble43 = VARIANT(descramble43)
#define PLAIN_BITS .shift_bits = VARIANT(shift_bits), .turns = VARIANT(turns)
#define PLAIN_TRANSPOSE .transpose = VARIANT(transpose)
#define PLAIN_ROWS .copy_rows = VARIANT(copy_rows), .rows_deal = VARIANT(rows_deal), .rows_gather = VARIANT(rows_gather)
