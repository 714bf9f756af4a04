;; Products of returns, the hottest loops of a run. Doubles are multiplied in date order, so the bits are those of a
;; plain loop; only windows side by side share an instruction. Compiled by scripts/generate/kernels.ts.
(module
  (memory (import "engine" "memory") 1)

  ;; Forward returns of one name: groups of eight consecutive dates, two to a vector. The column holds 1 + return for
  ;; each day, NaN where there is none, so that a gap spoils its own windows. A date's value at a horizon is the
  ;; product from the date on, less 1. $out: [horizons x dates x names], strides in bytes.
  (func (export "forward")
    (param $column i32) (param $groups i32) (param $horizons i32) (param $count i32)
    (param $out i32) (param $dateStride i32) (param $horizonStride i32)
    (local $day i32) (local $done i32) (local $horizon i32) (local $h i32) (local $at i32) (local $row i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (block $finished
      (loop $group
        (br_if $finished (i32.eqz (local.get $groups)))
        (local.set $a (f64x2.splat (f64.const 1)))
        (local.set $b (local.get $a))
        (local.set $c (local.get $a))
        (local.set $d (local.get $a))
        (local.set $day (local.get $column))
        (local.set $done (i32.const 0))
        (local.set $h (i32.const 0))
        (local.set $row (local.get $out))
        (loop $next
          (local.set $horizon (i32.load (i32.add (local.get $horizons) (i32.shl (local.get $h) (i32.const 2)))))
          (loop $days
            (local.set $a (f64x2.mul (local.get $a) (v128.load (local.get $day))))
            (local.set $b (f64x2.mul (local.get $b) (v128.load offset=16 (local.get $day))))
            (local.set $c (f64x2.mul (local.get $c) (v128.load offset=32 (local.get $day))))
            (local.set $d (f64x2.mul (local.get $d) (v128.load offset=48 (local.get $day))))
            (local.set $day (i32.add (local.get $day) (i32.const 8)))
            (local.set $done (i32.add (local.get $done) (i32.const 1)))
            (br_if $days (i32.lt_s (local.get $done) (local.get $horizon))))
          (local.set $at (local.get $row))
          (f64.store (local.get $at) (f64.sub (f64x2.extract_lane 0 (local.get $a)) (f64.const 1)))
          (local.set $at (i32.add (local.get $at) (local.get $dateStride)))
          (f64.store (local.get $at) (f64.sub (f64x2.extract_lane 1 (local.get $a)) (f64.const 1)))
          (local.set $at (i32.add (local.get $at) (local.get $dateStride)))
          (f64.store (local.get $at) (f64.sub (f64x2.extract_lane 0 (local.get $b)) (f64.const 1)))
          (local.set $at (i32.add (local.get $at) (local.get $dateStride)))
          (f64.store (local.get $at) (f64.sub (f64x2.extract_lane 1 (local.get $b)) (f64.const 1)))
          (local.set $at (i32.add (local.get $at) (local.get $dateStride)))
          (f64.store (local.get $at) (f64.sub (f64x2.extract_lane 0 (local.get $c)) (f64.const 1)))
          (local.set $at (i32.add (local.get $at) (local.get $dateStride)))
          (f64.store (local.get $at) (f64.sub (f64x2.extract_lane 1 (local.get $c)) (f64.const 1)))
          (local.set $at (i32.add (local.get $at) (local.get $dateStride)))
          (f64.store (local.get $at) (f64.sub (f64x2.extract_lane 0 (local.get $d)) (f64.const 1)))
          (local.set $at (i32.add (local.get $at) (local.get $dateStride)))
          (f64.store (local.get $at) (f64.sub (f64x2.extract_lane 1 (local.get $d)) (f64.const 1)))
          (local.set $at (i32.add (local.get $at) (local.get $dateStride)))
          (local.set $row (i32.add (local.get $row) (local.get $horizonStride)))
          (local.set $h (i32.add (local.get $h) (i32.const 1)))
          (br_if $next (i32.lt_s (local.get $h) (local.get $count))))
        (local.set $column (i32.add (local.get $column) (i32.const 64)))
        (local.set $out (i32.add (local.get $out) (i32.shl (local.get $dateStride) (i32.const 3))))
        (local.set $groups (i32.sub (local.get $groups) (i32.const 1)))
        (br $group))))

  ;; Product of 1 + return over the doubles from $from to $to (end excluded), times $start, in order.
  (func $product (param $from i32) (param $to i32) (param $start f64) (result f64)
    (block $finished
      (loop $next
        (br_if $finished (i32.ge_u (local.get $from) (local.get $to)))
        (local.set $start (f64.mul (local.get $start) (f64.add (f64.const 1) (f64.load (local.get $from)))))
        (local.set $from (i32.add (local.get $from) (i32.const 8)))
        (br $next)))
    (local.get $start))

  ;; Address of an element of a column of doubles.
  (func $address (param $column i32) (param $index i32) (result i32)
    (i32.add (local.get $column) (i32.shl (local.get $index) (i32.const 3))))

  ;; Compound returns of one name over sixteen windows: indexes of starts and ends (excluded) in the column of returns.
  ;; Starts and ends never decrease, and no window starts after the first one ends. Windows share one pass over the days
  ;; they have in common, each multiplying in its own order. $room: sixteen doubles. $out: a double a window, a stride apart.
  (func (export "compound")
    (param $column i32) (param $starts i32) (param $ends i32) (param $room i32) (param $out i32) (param $stride i32)
    (local $from i32) (local $to i32) (local $w i32) (local $growth v128) (local $one v128)
    (local $v0 v128) (local $v1 v128) (local $v2 v128) (local $v3 v128) (local $v4 v128) (local $v5 v128) (local $v6 v128) (local $v7 v128)
    (local.set $one (f64x2.splat (f64.const 1)))
    (local.set $from (call $address (local.get $column) (i32.load offset=60 (local.get $starts))))
    (local.set $to (call $address (local.get $column) (i32.load (local.get $ends))))
    (loop $before
      (f64.store (i32.add (local.get $room) (i32.shl (local.get $w) (i32.const 1)))
        (call $product
          (call $address (local.get $column) (i32.load (i32.add (local.get $starts) (local.get $w))))
          (local.get $from)
          (f64.const 1)))
      (local.set $w (i32.add (local.get $w) (i32.const 4)))
      (br_if $before (i32.lt_u (local.get $w) (i32.const 64))))
    (local.set $v0 (v128.load offset=0 (local.get $room)))
    (local.set $v1 (v128.load offset=16 (local.get $room)))
    (local.set $v2 (v128.load offset=32 (local.get $room)))
    (local.set $v3 (v128.load offset=48 (local.get $room)))
    (local.set $v4 (v128.load offset=64 (local.get $room)))
    (local.set $v5 (v128.load offset=80 (local.get $room)))
    (local.set $v6 (v128.load offset=96 (local.get $room)))
    (local.set $v7 (v128.load offset=112 (local.get $room)))
    (block $finished
      (loop $common
        (br_if $finished (i32.ge_u (local.get $from) (local.get $to)))
        (local.set $growth (f64x2.add (local.get $one) (v128.load64_splat (local.get $from))))
        (local.set $v0 (f64x2.mul (local.get $v0) (local.get $growth)))
        (local.set $v1 (f64x2.mul (local.get $v1) (local.get $growth)))
        (local.set $v2 (f64x2.mul (local.get $v2) (local.get $growth)))
        (local.set $v3 (f64x2.mul (local.get $v3) (local.get $growth)))
        (local.set $v4 (f64x2.mul (local.get $v4) (local.get $growth)))
        (local.set $v5 (f64x2.mul (local.get $v5) (local.get $growth)))
        (local.set $v6 (f64x2.mul (local.get $v6) (local.get $growth)))
        (local.set $v7 (f64x2.mul (local.get $v7) (local.get $growth)))
        (local.set $from (i32.add (local.get $from) (i32.const 8)))
        (br $common)))
    (v128.store offset=0 (local.get $room) (local.get $v0))
    (v128.store offset=16 (local.get $room) (local.get $v1))
    (v128.store offset=32 (local.get $room) (local.get $v2))
    (v128.store offset=48 (local.get $room) (local.get $v3))
    (v128.store offset=64 (local.get $room) (local.get $v4))
    (v128.store offset=80 (local.get $room) (local.get $v5))
    (v128.store offset=96 (local.get $room) (local.get $v6))
    (v128.store offset=112 (local.get $room) (local.get $v7))
    (local.set $w (i32.const 0))
    (loop $after
      (f64.store (local.get $out)
        (f64.sub
          (call $product
            (local.get $to)
            (call $address (local.get $column) (i32.load (i32.add (local.get $ends) (local.get $w))))
            (f64.load (i32.add (local.get $room) (i32.shl (local.get $w) (i32.const 1)))))
          (f64.const 1)))
      (local.set $out (i32.add (local.get $out) (local.get $stride)))
      (local.set $w (i32.add (local.get $w) (i32.const 4)))
      (br_if $after (i32.lt_u (local.get $w) (i32.const 64))))))
