;; Random words of the two generators, in 64-bit integers that JavaScript has only as BigInt, and the sums over a
;; path, which run at full speed from the first path on. Compiled by scripts/generate/kernels.ts.
(module
  (memory (import "engine" "memory") 1)

  ;; Philox4x32-10: $blocks times four words at $out, for the counters ($c0 + block, $c1, $c2, $c3) under one key.
  (func (export "philox")
    (param $out i32) (param $blocks i32) (param $k0 i32) (param $k1 i32)
    (param $c0 i32) (param $c1 i32) (param $c2 i32) (param $c3 i32)
    (local $round i32) (local $key0 i32) (local $key1 i32)
    (local $x0 i32) (local $x1 i32) (local $x2 i32) (local $x3 i32)
    (local $p0 i64) (local $p1 i64)
    (block $finished
      (loop $block
        (br_if $finished (i32.eqz (local.get $blocks)))
        (local.set $x0 (local.get $c0))
        (local.set $x1 (local.get $c1))
        (local.set $x2 (local.get $c2))
        (local.set $x3 (local.get $c3))
        (local.set $key0 (local.get $k0))
        (local.set $key1 (local.get $k1))
        (local.set $round (i32.const 10))
        (loop $rounds
          (local.set $p0 (i64.mul (i64.extend_i32_u (local.get $x0)) (i64.const 0xD2511F53)))
          (local.set $p1 (i64.mul (i64.extend_i32_u (local.get $x2)) (i64.const 0xCD9E8D57)))
          (local.set $x0 (i32.xor (i32.xor (i32.wrap_i64 (i64.shr_u (local.get $p1) (i64.const 32)))
            (local.get $x1)) (local.get $key0)))
          (local.set $x1 (i32.wrap_i64 (local.get $p1)))
          (local.set $x2 (i32.xor (i32.xor (i32.wrap_i64 (i64.shr_u (local.get $p0) (i64.const 32)))
            (local.get $x3)) (local.get $key1)))
          (local.set $x3 (i32.wrap_i64 (local.get $p0)))
          (local.set $key0 (i32.add (local.get $key0) (i32.const 0x9E3779B9)))
          (local.set $key1 (i32.add (local.get $key1) (i32.const 0xBB67AE85)))
          (local.set $round (i32.sub (local.get $round) (i32.const 1)))
          (br_if $rounds (local.get $round)))
        (i32.store (local.get $out) (local.get $x0))
        (i32.store offset=4 (local.get $out) (local.get $x1))
        (i32.store offset=8 (local.get $out) (local.get $x2))
        (i32.store offset=12 (local.get $out) (local.get $x3))
        (local.set $out (i32.add (local.get $out) (i32.const 16)))
        (local.set $c0 (i32.add (local.get $c0) (i32.const 1)))
        (local.set $blocks (i32.sub (local.get $blocks) (i32.const 1)))
        (br $block))))

  ;; PCG64 (XSL-RR of a 128-bit congruential state): $pairs times two words at $out, low half first. At $at stand the
  ;; low and high halves of the state, then those of the increment; the state moves on.
  (func (export "pcg64") (param $out i32) (param $pairs i32) (param $at i32)
    (local $low i64) (local $high i64) (local $incLow i64) (local $incHigh i64)
    (local $a i64) (local $b i64) (local $p01 i64) (local $p10 i64) (local $middle i64) (local $product i64)
    (local.set $low (i64.load (local.get $at)))
    (local.set $high (i64.load offset=8 (local.get $at)))
    (local.set $incLow (i64.load offset=16 (local.get $at)))
    (local.set $incHigh (i64.load offset=24 (local.get $at)))
    (block $finished
      (loop $pair
        (br_if $finished (i32.eqz (local.get $pairs)))
        ;; The upper half of low x 0x4385DF649FCCF645, by halves of 32 bits.
        (local.set $a (i64.and (local.get $low) (i64.const 0xFFFFFFFF)))
        (local.set $b (i64.shr_u (local.get $low) (i64.const 32)))
        (local.set $p01 (i64.mul (local.get $a) (i64.const 0x4385DF64)))
        (local.set $p10 (i64.mul (local.get $b) (i64.const 0x9FCCF645)))
        (local.set $middle
          (i64.add
            (i64.shr_u (i64.mul (local.get $a) (i64.const 0x9FCCF645)) (i64.const 32))
            (i64.add
              (i64.and (local.get $p01) (i64.const 0xFFFFFFFF))
              (i64.and (local.get $p10) (i64.const 0xFFFFFFFF)))))
        (local.set $high
          (i64.add
            (i64.add
              (i64.mul (local.get $high) (i64.const 0x4385DF649FCCF645))
              (i64.mul (local.get $low) (i64.const 0x2360ED051FC65DA4)))
            (i64.add
              (i64.add (i64.mul (local.get $b) (i64.const 0x4385DF64)) (local.get $incHigh))
              (i64.add
                (i64.add (i64.shr_u (local.get $p01) (i64.const 32)) (i64.shr_u (local.get $p10) (i64.const 32)))
                (i64.shr_u (local.get $middle) (i64.const 32))))))
        (local.set $product (i64.mul (local.get $low) (i64.const 0x4385DF649FCCF645)))
        (local.set $low (i64.add (local.get $product) (local.get $incLow)))
        (local.set $high
          (i64.add (local.get $high) (i64.extend_i32_u (i64.lt_u (local.get $low) (local.get $product)))))
        (i64.store (local.get $out)
          (i64.rotr (i64.xor (local.get $high) (local.get $low)) (i64.shr_u (local.get $high) (i64.const 58))))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (local.set $pairs (i32.sub (local.get $pairs) (i32.const 1)))
        (br $pair)))
    (i64.store (local.get $at) (local.get $low))
    (i64.store offset=8 (local.get $at) (local.get $high)))

  ;; Sums over the days of a path: $count days at $picks, whole numbers, of the doubles at $returns. At $out it leaves
  ;; the sum of deviations from $centre and of their squares, the days at or above zero, the last and the highest
  ;; wealth, which starts at 1, and the deepest fall as a share of its peak, at most 0.
  (func (export "measure")
    (param $picks i32) (param $count i32) (param $returns i32) (param $centre f64) (param $out i32)
    (local $end i32) (local $hits i32) (local $r f64) (local $deviation f64) (local $sum f64) (local $squares f64)
    (local $wealth f64) (local $peak f64) (local $floor f64) (local $deepest f64)
    (local.set $end (i32.add (local.get $picks) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $wealth (f64.const 1))
    (local.set $peak (f64.const 1))
    (local.set $floor (f64.const 1))
    (block $finished
      (loop $day
        (br_if $finished (i32.ge_u (local.get $picks) (local.get $end)))
        (local.set $r
          (f64.load (i32.add (local.get $returns) (i32.shl (i32.load (local.get $picks)) (i32.const 3)))))
        (local.set $picks (i32.add (local.get $picks) (i32.const 4)))
        (local.set $deviation (f64.sub (local.get $r) (local.get $centre)))
        (local.set $sum (f64.add (local.get $sum) (local.get $deviation)))
        (local.set $squares
          (f64.add (local.get $squares) (f64.mul (local.get $deviation) (local.get $deviation))))
        (local.set $hits (i32.add (local.get $hits) (f64.ge (local.get $r) (f64.const 0))))
        (local.set $wealth (f64.mul (local.get $wealth) (f64.add (f64.const 1) (local.get $r))))
        (if (f64.gt (local.get $wealth) (local.get $peak))
          (then
            (local.set $peak (local.get $wealth))
            (local.set $floor (f64.add (local.get $peak) (f64.mul (local.get $peak) (local.get $deepest)))))
          (else
            (if (f64.lt (local.get $wealth) (local.get $floor))
              (then
                (local.set $floor (local.get $wealth))
                (local.set $deepest
                  (f64.div (f64.sub (local.get $wealth) (local.get $peak)) (local.get $peak)))))))
        (br $day)))
    (f64.store (local.get $out) (local.get $sum))
    (f64.store offset=8 (local.get $out) (local.get $squares))
    (f64.store offset=16 (local.get $out) (f64.convert_i32_s (local.get $hits)))
    (f64.store offset=24 (local.get $out) (local.get $wealth))
    (f64.store offset=32 (local.get $out) (local.get $peak))
    (f64.store offset=40 (local.get $out) (local.get $deepest)))

  ;; The mean of the doubles at $values on the days at $picks, NaN days being passed over; NaN where none is left.
  (func (export "mean") (param $picks i32) (param $count i32) (param $values i32) (result f64)
    (local $end i32) (local $n i32) (local $value f64) (local $there i32) (local $sum f64)
    (local.set $end (i32.add (local.get $picks) (i32.shl (local.get $count) (i32.const 2))))
    (block $finished
      (loop $day
        (br_if $finished (i32.ge_u (local.get $picks) (local.get $end)))
        (local.set $value
          (f64.load (i32.add (local.get $values) (i32.shl (i32.load (local.get $picks)) (i32.const 3)))))
        (local.set $picks (i32.add (local.get $picks) (i32.const 4)))
        (local.set $there (f64.eq (local.get $value) (local.get $value)))
        (local.set $n (i32.add (local.get $n) (local.get $there)))
        (local.set $sum
          (f64.add (local.get $sum) (select (local.get $value) (f64.const 0) (local.get $there))))
        (br $day)))
    (f64.div (local.get $sum) (f64.convert_i32_s (local.get $n)))))
