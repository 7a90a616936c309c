/* Rows: of 63 octets, one a column, and of any length, for AVX-512 with VBMI (setup.py gives this file its flags): VPERMB is any permutation
 * of a row. */
#include "kernels.h"
#include "kernels_x86.h"

void msapemu_rows_deal_512(uint8_t *rows, const uint8_t *octets, size_t count, unsigned size, const uint8_t *of)
{
    const __m512i places = _mm512_loadu_si512(of);
    const __mmask64 there = _mm512_cmplt_epu8_mask(places, _mm512_set1_epi8((char)size));
    for (; count; count--, rows += 64, octets += size)
        _mm512_storeu_si512(rows, _mm512_maskz_permutexvar_epi8(there, places, _mm512_loadu_si512(octets)));
}

void msapemu_rows_gather_512(uint8_t *octets, const uint8_t *rows, size_t count, unsigned size, const uint8_t *of)
{
    const __m512i places = _mm512_loadu_si512(of);
    for (; count; count--, rows += 64, octets += size)
        _mm512_storeu_si512(octets, _mm512_permutexvar_epi8(places, _mm512_loadu_si512(rows)));
}

void msapemu_copy_rows_512(uint8_t *out, size_t out_apart, const uint8_t *in, size_t in_apart, size_t n, size_t rows)
{
    for (; rows; rows--, out += out_apart, in += in_apart) {
        for (size_t i = 0; i + 64 <= n; i += 64)
            _mm512_storeu_si512(out + i, _mm512_loadu_si512(in + i));
        _mm512_storeu_si512(out + n - 64, _mm512_loadu_si512(in + n - 64));
    }
}
