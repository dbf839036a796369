// Part of EachLevel.h: forgets what it defined for a level.
#undef LEVEL
#undef NARROWER
#undef LEVEL_NAME
#undef LANES
#undef FUSED
#undef FMA
