#include "CVectorKernels.h"
typedef int not_empty;
