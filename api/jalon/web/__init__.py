"""HTTP only: read a request, call one service, render its answer, map its errors."""
