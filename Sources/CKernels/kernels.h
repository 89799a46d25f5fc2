/*
 * The kernels' one source. A file includes it after choosing an instruction set, with
 *   CK_NAME   the instruction set's name, a string
 *   CK_TABLE  the symbol of the resulting table
 *   CK_TILE_ROWS, CK_TILE_BLOCKS  how much of a product of matrices its registers hold, in rows and in blocks of lanes
 */

#include "CKernels.h"
#include "tables.h"

/* Rounding a product before it is added is what makes all instruction sets agree to the last bit. */
#pragma STDC FP_CONTRACT OFF

#include "lanes.h"
#include "descent.h"
#include "multiplicative.h"
#include "biases.h"
#include "similarity.h"
#include "nearest.h"
#include "normal.h"
#include "gibbs.h"
#include "dense.h"
#include "alternating.h"

const ck_kernels CK_TABLE = {CK_NAME, sgd_users, fold_scales, svdpp_epoch, nmf_epoch, dot, biases, similarities, deviations, nearest, counts, multiply_add, top, als_solve, polar_factors, natural_logarithm, gibbs_draw,
    gibbs_estimate, gibbs_features};
