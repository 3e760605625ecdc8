WITH og_rows AS (
SELECT
  CAST("list_size" AS DOUBLE) AS m0,
  CAST("campaigns" AS DOUBLE) AS m1,
  CAST("delivery_rate" AS DOUBLE) AS m2,
  CAST("open_rate" AS DOUBLE) AS m3,
  CAST("read_rate" AS DOUBLE) AS m4,
  CAST("offer_score" AS DOUBLE) AS m5,
  CAST("click_rate" AS DOUBLE) AS m6,
  CAST("landing_rate" AS DOUBLE) AS m7,
  CAST("days_to_first_campaign" AS DOUBLE) AS m8,
  CAST("first_reply_hours" AS DOUBLE) AS m9,
  CAST("help_rating" AS DOUBLE) AS m10,
  CAST("price_share" AS DOUBLE) AS m11,
  CAST("training_days" AS DOUBLE) AS m12,
  CAST("named_contact_meetings" AS DOUBLE) AS m13,
  CAST("records_synced" AS DOUBLE) AS m14,
  CAST("audit_answers_days" AS DOUBLE) AS m15,
  CAST("client_accounts_apart" AS DOUBLE) AS m16,
  CAST("client_report_minutes" AS DOUBLE) AS m17,
  CAST("segment" AS TEXT) AS axis0,
  CAST("stage" AS TEXT) AS axis1,
  "customer" AS k0
FROM {{ ref('customers') }}
),
og_cells AS (
SELECT
  key0 AS key0,
  key1 AS key1,
  CAST(c0 AS DOUBLE) AS c0,
  CAST(c1 AS DOUBLE) AS c1,
  CAST(c2 AS DOUBLE) AS c2,
  CAST(c3 AS DOUBLE) AS c3,
  CAST(c4 AS DOUBLE) AS c4,
  CAST(c5 AS DOUBLE) AS c5,
  CAST(c6 AS DOUBLE) AS c6,
  CAST(c7 AS DOUBLE) AS c7,
  CAST(c8 AS DOUBLE) AS c8,
  CAST(c9 AS DOUBLE) AS c9,
  CAST(c10 AS DOUBLE) AS c10,
  CAST(c11 AS DOUBLE) AS c11,
  CAST(c12 AS DOUBLE) AS c12,
  CAST(c13 AS DOUBLE) AS c13,
  CAST(c14 AS DOUBLE) AS c14,
  CAST(c15 AS DOUBLE) AS c15,
  CAST(c16 AS DOUBLE) AS c16,
  CAST(c17 AS DOUBLE) AS c17,
  CAST(c18 AS DOUBLE) AS c18
FROM (VALUES
  ('startup', 'onboarding', '250.0', '1.0', '0.16999999999999993', '0.09999999999999999', '0.19999999999999998', '4.0', '0.049999999999999996', '0.015', '-27.0', '-24.0', '1.0', '3.0', '0.44999999999999996', '1.0', '2.0', '1.0', '0.0', '4.0', '12.0'),
  ('startup', 'adopting', '500.0', '2.0', '0.16999999999999993', '0.15000000000000002', '0.30000000000000004', '5.0', '0.09000000000000001', '0.024999999999999998', '-27.0', '-24.0', '2.0', '1.0', '0.44999999999999996', '2.0', '1.0', '1.0', '0.0', '4.0', '12.0'),
  ('startup', 'scaling', '2000.0', '4.0', '0.18999999999999995', '0.2', '0.30000000000000004', '5.0', '0.11', '0.035', '-27.0', '-36.0', '4.0', '1.0', '0.49', '2.0', '1.0', '3.0', '0.0', '4.0', '12.0'),
  ('enterprise', 'onboarding', '10000.0', '2.0', '0.16999999999999993', '0.09999999999999999', '0.19999999999999998', '4.0', '0.049999999999999996', '0.015', '-27.0', '-47.0', '1.0', '3.0', '0.44999999999999996', '1.0', '2.0', '1.0', '1.0', '5.0', '13.0'),
  ('enterprise', 'adopting', '50000.0', '4.0', '0.16999999999999993', '0.15000000000000002', '0.30000000000000004', '5.0', '0.09000000000000001', '0.024999999999999998', '-27.0', '-47.0', '2.0', '1.0', '0.44999999999999996', '2.0', '1.0', '1.0', '1.0', '5.0', '13.0'),
  ('enterprise', 'scaling', '200000.0', '4.0', '0.18999999999999995', '0.2', '0.30000000000000004', '5.0', '0.11', '0.035', '-27.0', '-47.0', '4.0', '1.0', '0.49', '2.0', '1.0', '3.0', '1.0', '5.0', '13.0'),
  ('agency', 'onboarding', '5000.0', '3.0', '0.16999999999999993', '0.09999999999999999', '0.19999999999999998', '4.0', '0.049999999999999996', '0.015', '-29.0', '-44.0', '1.0', '3.0', '0.44999999999999996', '1.0', '2.0', '1.0', '2.0', '4.0', '12.0'),
  ('agency', 'adopting', '5000.0', '8.0', '0.16999999999999993', '0.15000000000000002', '0.30000000000000004', '5.0', '0.09000000000000001', '0.024999999999999998', '-29.0', '-44.0', '2.0', '1.0', '0.44999999999999996', '2.0', '1.0', '1.0', '2.0', '4.0', '12.0'),
  ('agency', 'scaling', '20000.0', '8.0', '0.18999999999999995', '0.2', '0.30000000000000004', '5.0', '0.11', '0.035', '-29.0', '-44.0', '4.0', '1.0', '0.49', '2.0', '1.0', '3.0', '2.0', '4.0', '12.0')) AS og_values(key0, key1, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18)
),
og_joined AS (
SELECT
  og_rows.*,
  og_cells.*
FROM og_rows
LEFT JOIN og_cells
  ON og_rows.axis0 = og_cells.key0 AND og_rows.axis1 = og_cells.key1
OFFSET 0
),
og_1 AS (
SELECT
  *,
  (
    axis1 IS NULL
  ) OR (
    TRIM(axis1) = ''
  ) AS v0,
  (
    axis0 IS NULL
  ) OR (
    TRIM(axis0) = ''
  ) AS v2,
  CAST('1.7976931348623157e+308' AS DOUBLE) AS v4,
  CASE WHEN (
    m16 >= 0.0
  ) AND (
    m16 <= 1.0
  ) THEN m16 ELSE NULL END - 0.0 AS v59,
  CASE WHEN (
    m7 >= 0.0
  ) AND (
    m7 <= 1.0
  ) THEN m7 ELSE NULL END - 0.005 AS v61,
  CASE WHEN (
    m6 >= 0.0
  ) AND (
    m6 <= 1.0
  ) THEN m6 ELSE NULL END - 0.01 AS v63,
  CASE WHEN (
    m5 >= 0.0
  ) AND (
    m5 <= 10.0
  ) THEN m5 ELSE NULL END - 3.0 AS v65,
  CASE WHEN (
    m4 >= 0.0
  ) AND (
    m4 <= 1.0
  ) THEN m4 ELSE NULL END - 0.1 AS v67,
  CASE WHEN (
    m3 >= 0.0
  ) AND (
    m3 <= 1.0
  ) THEN m3 ELSE NULL END - 0.05 AS v69,
  CASE WHEN (
    m2 >= 0.0
  ) AND (
    m2 <= 1.0
  ) THEN m2 ELSE NULL END - 0.8 AS v71,
  CASE WHEN (
    m14 >= 0.0
  ) AND (
    m14 <= 1.0
  ) THEN m14 ELSE NULL END - 0.5 AS v81,
  CAST('-0.15000000000000002' AS DOUBLE) AS v88,
  CASE WHEN (
    m10 >= 1.0
  ) AND (
    m10 <= 5.0
  ) THEN m10 ELSE NULL END - 1.0 AS v91,
  3.0 + c13 + 2.0 + 1.0 AS v159,
  2.0 + c11 + 2.0 + c13 + 1.0 AS v163,
  c11 + c13 + c14 + c15 AS v164
FROM og_joined
),
og_2 AS (
SELECT
  *,
  (
    NOT v0
  ) AND (
    NOT axis1 IN ('onboarding', 'adopting', 'scaling')
  ) AS v1,
  (
    NOT v2
  ) AND (
    NOT axis0 IN ('startup', 'enterprise', 'agency')
  ) AS v3,
  0.0 - v4 AS v5,
  CASE WHEN (
    m8 >= 0.0
  ) AND (
    m8 <= v4
  ) THEN m8 ELSE NULL END - 30.0 AS v51,
  CASE WHEN (
    m9 >= 0.0
  ) AND (
    m9 <= v4
  ) THEN m9 ELSE NULL END - 48.0 AS v54,
  CASE WHEN (
    m17 >= 0.0
  ) AND (
    m17 <= v4
  ) THEN m17 ELSE NULL END - 120.0 AS v57,
  CASE WHEN v59 >= 1.0 THEN 1.0 WHEN v59 <= 0.0 THEN 0.0 ELSE v59 / 1.0 END AS v60,
  CASE WHEN v61 >= c7 THEN 1.0 WHEN v61 <= 0.0 THEN 0.0 ELSE v61 / c7 END AS v62,
  CASE WHEN v63 >= c6 THEN 1.0 WHEN v63 <= 0.0 THEN 0.0 ELSE v63 / c6 END AS v64,
  CASE WHEN v65 >= c5 THEN 1.0 WHEN v65 <= 0.0 THEN 0.0 ELSE v65 / c5 END AS v66,
  CASE WHEN v67 >= c4 THEN 1.0 WHEN v67 <= 0.0 THEN 0.0 ELSE v67 / c4 END AS v68,
  CASE WHEN v69 >= c3 THEN 1.0 WHEN v69 <= 0.0 THEN 0.0 ELSE v69 / c3 END AS v70,
  CASE WHEN v71 >= c2 THEN 1.0 WHEN v71 <= 0.0 THEN 0.0 ELSE v71 / c2 END AS v72,
  CASE WHEN (
    m1 >= 0.0
  ) AND (
    m1 <= v4
  ) THEN m1 ELSE NULL END - 0.0 AS v73,
  CASE WHEN (
    m0 >= 0.0
  ) AND (
    m0 <= v4
  ) THEN m0 ELSE NULL END - 0.0 AS v75,
  CASE WHEN (
    m15 >= 0.0
  ) AND (
    m15 <= v4
  ) THEN m15 ELSE NULL END - 30.0 AS v79,
  CASE WHEN v81 >= c12 THEN 1.0 WHEN v81 <= 0.0 THEN 0.0 ELSE v81 / c12 END AS v82,
  CASE WHEN (
    m13 >= 0.0
  ) AND (
    m13 <= v4
  ) THEN m13 ELSE NULL END - 0.0 AS v83,
  CASE WHEN (
    m12 >= 0.0
  ) AND (
    m12 <= v4
  ) THEN m12 ELSE NULL END - 0.0 AS v85,
  CASE WHEN (
    m11 >= 0.0
  ) AND (
    m11 <= v4
  ) THEN m11 ELSE NULL END - 0.2 AS v89,
  CASE WHEN v91 >= 3.0 THEN 1.0 WHEN v91 <= 0.0 THEN 0.0 ELSE v91 / 3.0 END AS v92
FROM og_1
),
og_3 AS (
SELECT
  *,
  (
    m17 < 0.0
  ) AND (
    m17 >= v5
  ) AS v6,
  (
    m17 < v5
  ) OR (
    (
      0.0 - m17
    ) < v5
  ) AS v7,
  (
    (
      m16 < 0.0
    ) AND (
      m16 >= v5
    )
  ) OR (
    (
      m16 > 1.0
    ) AND (
      m16 <= v4
    )
  ) AS v8,
  (
    m16 < v5
  ) OR (
    (
      0.0 - m16
    ) < v5
  ) AS v9,
  (
    m15 < 0.0
  ) AND (
    m15 >= v5
  ) AS v10,
  (
    m15 < v5
  ) OR (
    (
      0.0 - m15
    ) < v5
  ) AS v11,
  (
    (
      m14 < 0.0
    ) AND (
      m14 >= v5
    )
  ) OR (
    (
      m14 > 1.0
    ) AND (
      m14 <= v4
    )
  ) AS v12,
  (
    m14 < v5
  ) OR (
    (
      0.0 - m14
    ) < v5
  ) AS v13,
  (
    m13 < 0.0
  ) AND (
    m13 >= v5
  ) AS v14,
  (
    m13 < v5
  ) OR (
    (
      0.0 - m13
    ) < v5
  ) AS v15,
  (
    m12 < 0.0
  ) AND (
    m12 >= v5
  ) AS v16,
  (
    m12 < v5
  ) OR (
    (
      0.0 - m12
    ) < v5
  ) AS v17,
  (
    m11 < 0.0
  ) AND (
    m11 >= v5
  ) AS v18,
  (
    m11 < v5
  ) OR (
    (
      0.0 - m11
    ) < v5
  ) AS v19,
  (
    (
      m10 < 1.0
    ) AND (
      m10 >= v5
    )
  ) OR (
    (
      m10 > 5.0
    ) AND (
      m10 <= v4
    )
  ) AS v20,
  (
    m10 < v5
  ) OR (
    (
      0.0 - m10
    ) < v5
  ) AS v21,
  (
    m9 < 0.0
  ) AND (
    m9 >= v5
  ) AS v22,
  (
    m9 < v5
  ) OR (
    (
      0.0 - m9
    ) < v5
  ) AS v23,
  (
    m8 < 0.0
  ) AND (
    m8 >= v5
  ) AS v24,
  (
    m8 < v5
  ) OR (
    (
      0.0 - m8
    ) < v5
  ) AS v25,
  (
    (
      m7 < 0.0
    ) AND (
      m7 >= v5
    )
  ) OR (
    (
      m7 > 1.0
    ) AND (
      m7 <= v4
    )
  ) AS v26,
  (
    m7 < v5
  ) OR (
    (
      0.0 - m7
    ) < v5
  ) AS v27,
  (
    (
      m6 < 0.0
    ) AND (
      m6 >= v5
    )
  ) OR (
    (
      m6 > 1.0
    ) AND (
      m6 <= v4
    )
  ) AS v28,
  (
    m6 < v5
  ) OR (
    (
      0.0 - m6
    ) < v5
  ) AS v29,
  (
    (
      m5 < 0.0
    ) AND (
      m5 >= v5
    )
  ) OR (
    (
      m5 > 10.0
    ) AND (
      m5 <= v4
    )
  ) AS v30,
  (
    m5 < v5
  ) OR (
    (
      0.0 - m5
    ) < v5
  ) AS v31,
  (
    (
      m4 < 0.0
    ) AND (
      m4 >= v5
    )
  ) OR (
    (
      m4 > 1.0
    ) AND (
      m4 <= v4
    )
  ) AS v32,
  (
    m4 < v5
  ) OR (
    (
      0.0 - m4
    ) < v5
  ) AS v33,
  (
    (
      m3 < 0.0
    ) AND (
      m3 >= v5
    )
  ) OR (
    (
      m3 > 1.0
    ) AND (
      m3 <= v4
    )
  ) AS v34,
  (
    m3 < v5
  ) OR (
    (
      0.0 - m3
    ) < v5
  ) AS v35,
  (
    (
      m2 < 0.0
    ) AND (
      m2 >= v5
    )
  ) OR (
    (
      m2 > 1.0
    ) AND (
      m2 <= v4
    )
  ) AS v36,
  (
    m2 < v5
  ) OR (
    (
      0.0 - m2
    ) < v5
  ) AS v37,
  (
    m1 < 0.0
  ) AND (
    m1 >= v5
  ) AS v38,
  (
    m1 < v5
  ) OR (
    (
      0.0 - m1
    ) < v5
  ) AS v39,
  (
    m0 < 0.0
  ) AND (
    m0 >= v5
  ) AS v40,
  (
    m0 < v5
  ) OR (
    (
      0.0 - m0
    ) < v5
  ) AS v41,
  CASE WHEN v51 <= c8 THEN 1.0 WHEN v51 >= 0.0 THEN 0.0 ELSE v51 / c8 END AS v52,
  CASE WHEN v54 <= c9 THEN 1.0 WHEN v54 >= 0.0 THEN 0.0 ELSE v54 / c9 END AS v55,
  CASE WHEN v57 <= (
    -110.0
  ) THEN 1.0 WHEN v57 >= 0.0 THEN 0.0 ELSE v57 / (
    -110.0
  ) END AS v58,
  CASE WHEN v73 >= c1 THEN 1.0 WHEN v73 <= 0.0 THEN 0.0 ELSE v73 / c1 END AS v74,
  CASE WHEN v75 >= c0 THEN 1.0 WHEN v75 <= 0.0 THEN 0.0 ELSE v75 / c0 END AS v76,
  CASE WHEN v79 <= (
    -25.0
  ) THEN 1.0 WHEN v79 >= 0.0 THEN 0.0 ELSE v79 / (
    -25.0
  ) END AS v80,
  CASE WHEN v83 >= c11 THEN 1.0 WHEN v83 <= 0.0 THEN 0.0 ELSE v83 / c11 END AS v84,
  CASE WHEN v85 >= c10 THEN 1.0 WHEN v85 <= 0.0 THEN 0.0 ELSE v85 / c10 END AS v86,
  CASE WHEN v89 <= v88 THEN 1.0 WHEN v89 >= 0.0 THEN 0.0 ELSE v89 / v88 END AS v90,
  v60 IS NULL AS v100,
  v62 IS NULL AS v102,
  v64 IS NULL AS v103,
  v66 IS NULL AS v104,
  v68 IS NULL AS v105,
  v70 IS NULL AS v106,
  v72 IS NULL AS v107,
  v82 IS NULL AS v113,
  v92 IS NULL AS v121
FROM og_2
),
og_4 AS (
SELECT
  *,
  CASE WHEN v41 THEN '; infinite: list_size' ELSE '' END || CASE WHEN v40 THEN '; out-of-range: list_size' ELSE '' END || CASE WHEN v39 THEN '; infinite: campaigns' ELSE '' END || CASE WHEN v38 THEN '; out-of-range: campaigns' ELSE '' END || CASE WHEN v37 THEN '; infinite: delivery_rate' ELSE '' END || CASE WHEN v36 THEN '; out-of-range: delivery_rate' ELSE '' END || CASE WHEN v35 THEN '; infinite: open_rate' ELSE '' END || CASE WHEN v34 THEN '; out-of-range: open_rate' ELSE '' END || CASE WHEN v33 THEN '; infinite: read_rate' ELSE '' END || CASE WHEN v32 THEN '; out-of-range: read_rate' ELSE '' END || CASE WHEN v31 THEN '; infinite: offer_score' ELSE '' END || CASE WHEN v30 THEN '; out-of-range: offer_score' ELSE '' END AS v42,
  v41 OR v40 OR v39 OR v38 OR v37 OR v36 OR v35 OR v34 OR v33 OR v32 OR v31 OR v30 OR v29 AS v45,
  CAST(CASE WHEN v52 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v53,
  CAST(CASE WHEN v55 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v56,
  CAST(CASE WHEN v76 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN v74 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN v72 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN v70 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN v68 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN v66 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN v64 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN v62 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v77,
  v52 IS NULL AS v94,
  v55 IS NULL AS v96,
  v58 IS NULL AS v98,
  CAST(CASE WHEN NOT v100 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v101,
  v74 IS NULL AS v108,
  v76 IS NULL AS v109,
  v80 IS NULL AS v111,
  CAST(CASE WHEN NOT v113 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v114,
  v84 IS NULL AS v115,
  v86 IS NULL AS v117,
  v90 IS NULL AS v119,
  CAST(CASE WHEN NOT v121 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v122,
  CAST(CASE WHEN v100 THEN 0.0 ELSE 3.0 END AS DOUBLE) AS v126,
  CASE WHEN v113 THEN 0.0 ELSE c13 END AS v135,
  CASE WHEN v121 THEN 0.0 ELSE c14 END AS v145,
  CASE WHEN v105 THEN 0.5 ELSE v68 END AS v154,
  CASE WHEN v105 THEN 1.0 ELSE v68 END AS v166,
  CASE WHEN v105 THEN 0.0 ELSE v68 END AS v176
FROM og_3
),
og_5 AS (
SELECT
  *,
  v42 || CASE WHEN v29 THEN '; infinite: click_rate' ELSE '' END || CASE WHEN v28 THEN '; out-of-range: click_rate' ELSE '' END || CASE WHEN v27 THEN '; infinite: landing_rate' ELSE '' END || CASE WHEN v26 THEN '; out-of-range: landing_rate' ELSE '' END || CASE WHEN v25 THEN '; infinite: days_to_first_campaign' ELSE '' END || CASE WHEN v24 THEN '; out-of-range: days_to_first_campaign' ELSE '' END || CASE WHEN v23 THEN '; infinite: first_reply_hours' ELSE '' END || CASE WHEN v22 THEN '; out-of-range: first_reply_hours' ELSE '' END || CASE WHEN v21 THEN '; infinite: help_rating' ELSE '' END || CASE WHEN v20 THEN '; out-of-range: help_rating' ELSE '' END || CASE WHEN v19 THEN '; infinite: price_share' ELSE '' END AS v43,
  v45 OR v28 OR v27 OR v26 OR v25 OR v24 OR v23 OR v22 OR v21 OR v20 OR v19 OR v18 OR v17 AS v46,
  CAST(CASE WHEN NOT v94 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v95,
  CAST(CASE WHEN NOT v96 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v97,
  CAST(CASE WHEN NOT v98 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v99,
  CAST(CASE WHEN NOT v109 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN NOT v108 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN NOT v107 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN NOT v106 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN NOT v105 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN NOT v104 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN NOT v103 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN NOT v102 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v110,
  CAST(CASE WHEN NOT v111 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v112,
  CAST(CASE WHEN NOT v115 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v116,
  CAST(CASE WHEN NOT v117 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v118,
  CAST(CASE WHEN NOT v119 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v120,
  CAST(CASE WHEN v94 THEN 0.0 ELSE 1.0 END AS DOUBLE) AS v123,
  CAST(CASE WHEN v96 THEN 0.0 ELSE 2.0 END AS DOUBLE) AS v124,
  CASE WHEN v98 THEN 0.0 ELSE c13 END AS v125,
  CASE WHEN v94 THEN 0.5 ELSE v52 END AS v132,
  CASE WHEN v96 THEN 0.5 ELSE v55 END AS v133,
  CAST(CASE WHEN v111 THEN 0.0 ELSE 1.0 END AS DOUBLE) AS v134,
  CAST(CASE WHEN v115 THEN 0.0 ELSE 2.0 END AS DOUBLE) AS v136,
  CASE WHEN v117 THEN 0.0 ELSE c11 END AS v137,
  CASE WHEN v119 THEN 0.0 ELSE c15 END AS v144,
  CASE WHEN v96 THEN 0.0 ELSE c13 END AS v146,
  CASE WHEN v94 THEN 0.0 ELSE c11 END AS v147,
  CASE WHEN v109 THEN 0.5 ELSE v76 END * (
    CASE WHEN v107 THEN 0.5 ELSE v72 END * (
      CASE WHEN v108 THEN 0.5 ELSE v74 END * (
        CASE WHEN v106 THEN 0.5 ELSE v70 END * (
          (
            (
              1.0 - v154
            ) * CASE WHEN v104 THEN 0.5 ELSE v66 END
          ) + v154
        )
      )
    )
  ) * CASE WHEN v103 THEN 0.5 ELSE v64 END * CASE WHEN v102 THEN 0.5 ELSE v62 END AS v155,
  CASE WHEN v94 THEN 1.0 ELSE v52 END AS v160,
  CASE WHEN v96 THEN 1.0 ELSE v55 END AS v161,
  CASE WHEN v109 THEN 1.0 ELSE v76 END * (
    CASE WHEN v107 THEN 1.0 ELSE v72 END * (
      CASE WHEN v108 THEN 1.0 ELSE v74 END * (
        CASE WHEN v106 THEN 1.0 ELSE v70 END * (
          (
            (
              1.0 - v166
            ) * CASE WHEN v104 THEN 1.0 ELSE v66 END
          ) + v166
        )
      )
    )
  ) * CASE WHEN v103 THEN 1.0 ELSE v64 END * CASE WHEN v102 THEN 1.0 ELSE v62 END AS v167,
  CASE WHEN v94 THEN 0.0 ELSE v52 END AS v171,
  CASE WHEN v96 THEN 0.0 ELSE v55 END AS v172,
  CASE WHEN v109 THEN 0.0 ELSE v76 END * (
    CASE WHEN v107 THEN 0.0 ELSE v72 END * (
      CASE WHEN v108 THEN 0.0 ELSE v74 END * (
        CASE WHEN v106 THEN 0.0 ELSE v70 END * (
          (
            (
              1.0 - v176
            ) * CASE WHEN v104 THEN 0.0 ELSE v66 END
          ) + v176
        )
      )
    )
  ) * CASE WHEN v103 THEN 0.0 ELSE v64 END * CASE WHEN v102 THEN 0.0 ELSE v62 END AS v177
FROM og_4
),
og_6 AS (
SELECT
  *,
  v43 || CASE WHEN v18 THEN '; out-of-range: price_share' ELSE '' END || CASE WHEN v17 THEN '; infinite: training_days' ELSE '' END || CASE WHEN v16 THEN '; out-of-range: training_days' ELSE '' END || CASE WHEN v15 THEN '; infinite: named_contact_meetings' ELSE '' END || CASE WHEN v14 THEN '; out-of-range: named_contact_meetings' ELSE '' END || CASE WHEN v13 THEN '; infinite: records_synced' ELSE '' END || CASE WHEN v12 THEN '; out-of-range: records_synced' ELSE '' END || CASE WHEN v11 THEN '; infinite: audit_answers_days' ELSE '' END || CASE WHEN v10 THEN '; out-of-range: audit_answers_days' ELSE '' END || CASE WHEN v9 THEN '; infinite: client_accounts_apart' ELSE '' END || CASE WHEN v8 THEN '; out-of-range: client_accounts_apart' ELSE '' END AS v44,
  v46 OR v16 OR v15 OR v14 OR v13 OR v12 OR v11 OR v10 OR v9 OR v8 OR v7 OR v6 OR v3 AS v47,
  (
    v126 + v125 + v124 + v123
  ) > 0.0 AS v127,
  (
    v124 + v137 + v136 + v135 + v134
  ) > 0.0 AS v138,
  (
    v147 + v146 + v145 + v144
  ) > 0.0 AS v148,
  v161 * 2.0 AS v162,
  v172 * 2.0 AS v173
FROM og_5
),
og_7 AS (
SELECT
  *,
  v47 OR v2 OR v1 OR v0 AS v48,
  CASE WHEN v127 THEN v123 ELSE 1.0 END AS v128,
  CASE WHEN v127 THEN v124 ELSE 2.0 END AS v129,
  CASE WHEN v127 THEN v125 ELSE c13 END AS v130,
  CASE WHEN v127 THEN v126 ELSE 3.0 END AS v131,
  CASE WHEN v138 THEN v134 ELSE 1.0 END AS v139,
  CASE WHEN v138 THEN v135 ELSE c13 END AS v140,
  CASE WHEN v138 THEN v136 ELSE 2.0 END AS v141,
  CASE WHEN v138 THEN v137 ELSE c11 END AS v142,
  CASE WHEN v138 THEN v124 ELSE 2.0 END AS v143,
  CASE WHEN v148 THEN v144 ELSE c15 END AS v149,
  CASE WHEN v148 THEN v145 ELSE c14 END AS v150,
  CASE WHEN v148 THEN v146 ELSE c13 END AS v151,
  CASE WHEN v148 THEN v147 ELSE c11 END AS v152
FROM og_6
),
og_8 AS (
SELECT
  *,
  CASE WHEN v48 THEN NULL ELSE c16 END AS v49
FROM og_7
),
og_9 AS (
SELECT
  *,
  v49 IS NULL AS v50,
  v49 = 2.0 AS v78,
  v49 = 1.0 AS v87,
  v49 = 0.0 AS v93
FROM og_8
),
og_10 AS (
SELECT
  *,
  CASE WHEN v93 THEN (
    (
      v132 * v152
    ) + (
      v133 * v151
    ) + (
      CASE WHEN v121 THEN 0.5 ELSE v92 END * v150
    ) + (
      CASE WHEN v119 THEN 0.5 ELSE v90 END * v149
    )
  ) / (
    v152 + v151 + v150 + v149
  ) WHEN v87 THEN (
    (
      v133 * v143
    ) + (
      CASE WHEN v117 THEN 0.5 ELSE v86 END * v142
    ) + (
      CASE WHEN v115 THEN 0.5 ELSE v84 END * v141
    ) + (
      CASE WHEN v113 THEN 0.5 ELSE v82 END * v140
    ) + (
      CASE WHEN v111 THEN 0.5 ELSE v80 END * v139
    )
  ) / (
    v143 + v142 + v141 + v140 + v139
  ) WHEN v78 THEN (
    (
      CASE WHEN v100 THEN 0.5 ELSE v60 END * v131
    ) + (
      CASE WHEN v98 THEN 0.5 ELSE v58 END * v130
    ) + (
      v133 * v129
    ) + (
      v132 * v128
    )
  ) / (
    v131 + v130 + v129 + v128
  ) ELSE NULL END AS v153,
  CASE WHEN v93 THEN v155 WHEN v87 THEN v155 WHEN v78 THEN v155 ELSE NULL END AS v156,
  CASE WHEN v93 THEN (
    (
      v160 * c11
    ) + (
      v161 * c13
    ) + (
      CASE WHEN v121 THEN 1.0 ELSE v92 END * c14
    ) + (
      CASE WHEN v119 THEN 1.0 ELSE v90 END * c15
    )
  ) / v164 WHEN v87 THEN (
    v162 + (
      CASE WHEN v117 THEN 1.0 ELSE v86 END * c11
    ) + (
      CASE WHEN v115 THEN 1.0 ELSE v84 END * 2.0
    ) + (
      CASE WHEN v113 THEN 1.0 ELSE v82 END * c13
    ) + (
      CASE WHEN v111 THEN 1.0 ELSE v80 END * 1.0
    )
  ) / v163 WHEN v78 THEN (
    (
      CASE WHEN v100 THEN 1.0 ELSE v60 END * 3.0
    ) + (
      CASE WHEN v98 THEN 1.0 ELSE v58 END * c13
    ) + v162 + (
      v160 * 1.0
    )
  ) / v159 ELSE NULL END AS v165,
  CASE WHEN v93 THEN v167 WHEN v87 THEN v167 WHEN v78 THEN v167 ELSE NULL END AS v168,
  CASE WHEN v93 THEN (
    (
      v171 * c11
    ) + (
      v172 * c13
    ) + (
      CASE WHEN v121 THEN 0.0 ELSE v92 END * c14
    ) + (
      CASE WHEN v119 THEN 0.0 ELSE v90 END * c15
    )
  ) / v164 WHEN v87 THEN (
    v173 + (
      CASE WHEN v117 THEN 0.0 ELSE v86 END * c11
    ) + (
      CASE WHEN v115 THEN 0.0 ELSE v84 END * 2.0
    ) + (
      CASE WHEN v113 THEN 0.0 ELSE v82 END * c13
    ) + (
      CASE WHEN v111 THEN 0.0 ELSE v80 END * 1.0
    )
  ) / v163 WHEN v78 THEN (
    (
      CASE WHEN v100 THEN 0.0 ELSE v60 END * 3.0
    ) + (
      CASE WHEN v98 THEN 0.0 ELSE v58 END * c13
    ) + v173 + (
      v171 * 1.0
    )
  ) / v159 ELSE NULL END AS v174,
  CASE WHEN v93 THEN v177 WHEN v87 THEN v177 WHEN v78 THEN v177 ELSE NULL END AS v178
FROM og_9
),
og_11 AS (
SELECT
  *,
  v156 * v153 AS v157,
  v168 * v165 AS v169,
  CASE WHEN v174 <= v153 THEN v174 WHEN v153 < v174 THEN v153 ELSE NULL END AS v175,
  CASE WHEN v178 <= v156 THEN v178 WHEN v156 < v178 THEN v156 ELSE NULL END AS v179,
  CASE WHEN (
    CASE WHEN v93 THEN v95 + v97 + v122 + v120 WHEN v87 THEN v97 + v118 + v116 + v114 + v112 WHEN v78 THEN v101 + v99 + v97 + v95 ELSE NULL END / c17
  ) < 0.5 THEN NULL ELSE v153 END AS v181,
  CASE WHEN (
    CASE WHEN v93 THEN v110 WHEN v87 THEN v110 WHEN v78 THEN v110 ELSE NULL END / 8.0
  ) < 0.5 THEN NULL ELSE v156 END AS v182,
  CASE WHEN v165 >= v153 THEN v165 WHEN v153 > v165 THEN v153 ELSE NULL END AS v188,
  CASE WHEN v168 >= v156 THEN v168 WHEN v156 > v168 THEN v156 ELSE NULL END AS v189
FROM og_10
),
og_12 AS (
SELECT
  *,
  CASE WHEN v93 THEN v157 WHEN v87 THEN v157 WHEN v78 THEN v157 ELSE NULL END AS v158,
  CASE WHEN v93 THEN v169 WHEN v87 THEN v169 WHEN v78 THEN v169 ELSE NULL END AS v170,
  v179 * v175 AS v180,
  v182 * (
    1.0 - v181
  ) AS v183,
  1.0 - v182 AS v184,
  v182 * v181 AS v185,
  CASE WHEN (
    v179 IS NULL
  ) OR (
    v175 IS NULL
  ) THEN 'uncertain' WHEN v179 < 0.499999999 THEN 'failing' WHEN v175 < 0.499999999 THEN 'tolerating' ELSE 'successful' END AS v187
FROM og_11
),
og_13 AS (
SELECT
  *,
  CASE WHEN v93 THEN v185 WHEN v87 THEN v185 WHEN v78 THEN v185 ELSE NULL END AS v186
FROM og_12
)
SELECT
  k0 AS "customer",
  CASE WHEN v50 THEN NULL WHEN v187 = CASE WHEN (
    v189 IS NULL
  ) OR (
    v188 IS NULL
  ) THEN 'uncertain' WHEN v189 < 0.499999999 THEN 'failing' WHEN v188 < 0.499999999 THEN 'tolerating' ELSE 'successful' END THEN v187 ELSE 'uncertain' END AS "state",
  v186 AS "desired",
  1.0 - v186 AS "gap",
  v182 AS "required",
  v181 AS "experience",
  CASE WHEN v93 THEN v184 WHEN v87 THEN v184 WHEN v78 THEN v184 ELSE NULL END AS "required_gap",
  CASE WHEN v93 THEN v183 WHEN v87 THEN v183 WHEN v78 THEN v183 ELSE NULL END AS "experience_gap",
  CASE WHEN v93 THEN v180 WHEN v87 THEN v180 WHEN v78 THEN v180 ELSE NULL END AS "low",
  CASE WHEN v170 >= v158 THEN v170 WHEN v158 > v170 THEN v158 ELSE NULL END AS "high",
  CASE WHEN v93 THEN v110 + v95 + v97 + v122 + v120 WHEN v87 THEN v110 + v97 + v118 + v116 + v114 + v112 WHEN v78 THEN v110 + v101 + v99 + v97 + v95 ELSE NULL END / c18 AS "coverage",
  CAST(CASE WHEN v93 THEN v77 + v53 + v56 + CAST(CASE WHEN v92 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN v90 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) WHEN v87 THEN v77 + v56 + CAST(CASE WHEN v86 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN v84 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN v82 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN v80 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) WHEN v78 THEN v77 + CAST(CASE WHEN v60 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN v58 >= 0.999999999 THEN 1.0 ELSE 0.0 END AS DOUBLE) + v56 + v53 ELSE NULL END AS BIGINT) AS "met",
  CAST(CASE WHEN NOT v50 THEN c18 ELSE NULL END AS BIGINT) AS "steps",
  CASE WHEN v48 THEN SUBSTRING(v44 || CASE WHEN v7 THEN '; infinite: client_report_minutes' ELSE '' END || CASE WHEN v6 THEN '; out-of-range: client_report_minutes' ELSE '' END || CASE WHEN v3 THEN '; unknown-segment: segment' ELSE '' END || CASE WHEN v2 THEN '; missing-segment: segment' ELSE '' END || CASE WHEN v1 THEN '; unknown-stage: stage' ELSE '' END || CASE WHEN v0 THEN '; missing-stage: stage' ELSE '' END, 3) ELSE NULL END AS "problem"
FROM og_13
